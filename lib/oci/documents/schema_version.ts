import type { JsonValue } from "./json_value.ts";

/** Checks that a document has the only schema version that the specification knows. */
export function requireSchemaVersion(json: JsonValue): 2 {
  const version = json.require("schemaVersion");
  if (version.count() !== 2) throw version.malformed("is not 2");
  return 2;
}
