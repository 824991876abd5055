import { INSTANCE_TYPE_NAMES } from "../command_line/instance_types.ts";
import { choiceOption, repeatableOption, valueOption } from "../command_line/option.ts";
import { parseDisk } from "../command_line/parse_disk.ts";
import { parseVolume } from "../command_line/parse_volume.ts";
import { parseBytes, parseCount, parseText } from "../command_line/parsers.ts";

const DEFAULT_CPUS = Math.min(navigator.hardwareConcurrency, 4);

/** How large a machine is. */
export const sizeOptions = {
  cpus: valueOption({
    brief: "virtual processors",
    placeholder: "number",
    defaultText: `${DEFAULT_CPUS}`,
    parse: parseCount,
  }),
  memory: valueOption({
    brief: "memory: 512M, 4G, or a bare number of MiB",
    placeholder: "size",
    defaultText: "2G",
    parse: parseBytes,
  }),
  itype: choiceOption({
    brief: "both by an instance type's name, unless they are given",
    placeholder: "type",
    choices: INSTANCE_TYPE_NAMES,
  }),
};

/** What of the host a machine gets besides its image. */
export const fileOptions = {
  volume: repeatableOption({
    brief: "share a folder: HOST:GUEST, or HOST:GUEST:ro to read only (repeatable)",
    short: "v",
    placeholder: "dirs",
    complete: "folder",
    parse: parseVolume,
  }),
  disk: repeatableOption({
    brief: "attach a raw or qcow2 image: FILE[:ro][:SERIAL] (repeatable)",
    placeholder: "file",
    complete: "file",
    parse: parseDisk,
  }),
  swap: valueOption({
    brief: "give the guest swap space",
    placeholder: "size",
    parse: parseBytes,
  }),
  diskSize: valueOption({
    brief: "make the root disk larger than the image, and its filesystem too",
    placeholder: "size",
    parse: parseBytes,
  }),
  ignition: valueOption({
    brief: "give Ignition in the image a configuration",
    placeholder: "file",
    complete: "file",
    parse: parseText,
  }),
};
