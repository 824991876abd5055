import configuration from "../../deno.json" with { type: "json" };

/** The version of snapvm, as `deno.json` says. */
export const version: string = configuration.version;
