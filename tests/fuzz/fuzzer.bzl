"""A libFuzzer target."""

def fuzzer(name, deps, dict = None):
    """NAME.cc as a fuzzer, with the seeds in corpus/NAME. tools/fuzz builds and runs all of them.

    Args:
      name: of the target, its source and its corpus.
      deps: what it tests.
      dict: a dictionary of tokens, if there is one.
    """
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        data = native.glob(["corpus/" + name + "/*"]) + ([dict] if dict else []),
        linkopts = ["-fsanitize=fuzzer"],
        # Not for `//...`: only --config=fuzz can link it.
        tags = ["fuzzer", "manual"],
        deps = deps,
    )
