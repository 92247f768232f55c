"""C++ from .proto files with the system's protoc and grpc_cpp_plugin."""

def cc_proto(name, proto, import_root, proto_deps = [], deps = [], services = False, visibility = None):
    """A cc_library of one .proto file's generated code; with services, another one named NAME_grpc.

    Args:
      name: the library of the messages. What needs no more than them does without gRPC.
      proto: the .proto file's path below import_root, which is also how the headers are included; the file
        must be in the calling package.
      import_root: the folder, from the workspace's root, that imports start at; an absolute one for the
        system's own .proto files, which are then not copied.
      proto_deps: .proto files that it imports (labels).
      deps: the cc_proto libraries of those.
      services: whether to generate gRPC services too.
      visibility: as everywhere.
    """
    stem = proto[:-len(".proto")]
    kinds = [".pb"] + ([".grpc.pb"] if services else [])
    system = import_root.startswith("/")
    native.genrule(
        name = name + "_gen",
        srcs = ([] if system else [proto]) + proto_deps,
        outs = [stem + kind + ending for kind in kinds for ending in [".cc", ".h"]],
        cmd = "protoc -I{root} --cpp_out=$(RULEDIR) {grpc} {proto}".format(
            root = import_root,
            grpc = "--plugin=protoc-gen-grpc=$$(command -v grpc_cpp_plugin) --grpc_out=$(RULEDIR)" if services else "",
            proto = proto if system else import_root + "/" + proto,
        ),
        message = "Generating C++ from " + proto,
        visibility = ["//visibility:private"],
    )
    _cc_generated(name, stem + ".pb", deps + ["//third_party/system:protobuf"], visibility)
    if services:
        _cc_generated(name + "_grpc", stem + ".grpc.pb", [":" + name, "//third_party/system:grpc"], visibility)

def _cc_generated(name, stem, deps, visibility):
    native.cc_library(
        name = name,
        srcs = [stem + ".cc"],
        hdrs = [stem + ".h"],
        copts = ["-w"],  # not our code
        includes = ["."],
        alwayslink = True,  # a file that nobody calls must still be known to reflection
        visibility = visibility,
        deps = deps,
    )
