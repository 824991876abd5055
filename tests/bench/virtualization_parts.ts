/**
 * Measures what of a start belongs to Virtualization.framework: `virtualization_parts.ts LIBRARY FOUNDATION SNAPSHOT
 * FOLDER REPORT` writes milliseconds as JSON to the file REPORT.
 *
 * @module
 */
import { openVirtualization } from "../../lib/vm/mod.ts";
import { cloneDisk } from "../../lib/vm/vz/clone_disk.ts";
import { installLibrary } from "../../lib/vm/vz/install_library.ts";

const [library, foundation, source, folder, report] = Deno.args as [
  ...[library: string, foundation: string, source: string],
  ...[folder: string, report: string],
];
await installLibrary(folder);

const start = performance.now();
Deno.dlopen(foundation, {});
const foundationLoaded = performance.now();
// The library that is shipped is checked here, but cannot be loaded; the double stands in for it.
await installLibrary(folder);
const virtualization = await openVirtualization({ folder, library });
const loaded = performance.now();
const clone = await cloneDisk(
  { source, serial: "root", readOnly: false, patches: [{ offset: 0, bytes: new Uint8Array(16) }] },
  {
    files: virtualization,
    clone: `${folder}/clone.img`,
    onNotice: (notice) => {
      throw new Error(notice);
    },
  },
);
const cloned = performance.now();
await Deno.remove(clone);
await Deno.writeTextFile(
  report,
  JSON.stringify({
    foundation: foundationLoaded - start,
    loading: loaded - start,
    clone: cloned - loaded,
  }),
);
