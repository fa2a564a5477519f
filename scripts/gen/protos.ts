import protobuf from "protobufjs";

const PROTO_DIRECTORY = "proto";

/** One .proto file and where its generated module goes. */
export interface ProtoFile {
  /** Relative to the proto directory, as other files import it. */
  readonly path: string;
  /** The full name of its package, such as `cap.event.v1`. */
  readonly packageName: string;
  /** Relative to the directory of generated code, without an extension. */
  readonly module: string;
}

/** Every .proto file of the repository, `<family>/<package>/v1/<package>.proto` each. */
export function listProtoFiles(): ProtoFile[] {
  const files: ProtoFile[] = [];
  for (const family of ["cap", "peat"]) {
    for (const entry of Deno.readDirSync(`${PROTO_DIRECTORY}/${family}`)) {
      files.push({
        path: `${family}/${entry.name}/v1/${entry.name}.proto`,
        packageName: `${family}.${entry.name}.v1`,
        module: `${family}/${entry.name}`,
      });
    }
  }
  return files.sort((left, right) => left.path < right.path ? -1 : 1);
}

/** Parses the files and everything that they import, with all references resolved. */
export function loadProtos(files: readonly ProtoFile[]): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => `${PROTO_DIRECTORY}/${target}`;
  root.loadSync(files.map((file) => file.path));
  root.resolveAll();
  return root;
}

/** The messages and enumerations of a package, nested ones after the message that holds them. */
export function listTypes(namespace: protobuf.NamespaceBase): (protobuf.Type | protobuf.Enum)[] {
  const types: (protobuf.Type | protobuf.Enum)[] = [];
  for (const item of namespace.nestedArray) {
    if (item instanceof protobuf.Enum) types.push(item);
    else if (item instanceof protobuf.Type) types.push(item, ...listTypes(item));
  }
  return types;
}

/** The full name of a message, an enumeration or a package, without the leading dot. */
export function fullName(item: protobuf.ReflectionObject): string {
  return item.fullName.slice(1);
}

/** The package that a type belongs to, however deep it is nested. */
export function packageOf(item: protobuf.ReflectionObject): string {
  let outer = item.parent;
  while (outer instanceof protobuf.Type) outer = outer.parent;
  return outer === null ? "" : fullName(outer);
}
