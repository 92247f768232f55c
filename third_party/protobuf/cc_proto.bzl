"""C++ from .proto files with the system's protoc and grpc_cpp_plugin."""

def cc_proto(name, proto, import_root, proto_deps = [], deps = [], services = False, visibility = None):
    """A cc_library of one .proto file's generated code.

    Args:
      name: the library.
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
    native.cc_library(
        name = name,
        srcs = [stem + kind + ".cc" for kind in kinds],
        hdrs = [stem + kind + ".h" for kind in kinds],
        copts = ["-w"],  # not our code
        includes = ["."],
        visibility = visibility,
        deps = deps + ["//third_party/system:" + ("grpc" if services else "protobuf")],
    )
