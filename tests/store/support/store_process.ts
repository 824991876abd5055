/**
 * A process that does one thing to a store, for tests that kill it: `HOME-OF-SNAPVM WHAT LAYOUT REFERENCE`. It says
 * `ready` when everything is loaded, and `done` at the end. What fails is written as its code.
 *
 * @module
 */
import { openTransport } from "../../../lib/oci/mod.ts";
import {
  addImage,
  checkStore,
  openOwnStore,
  prune,
  removeImage,
  unpackImage,
} from "../../../lib/store/mod.ts";
import { hasCode, SnapvmError } from "../../../lib/error/mod.ts";
import { WatchedSource } from "./layout.ts";
import { AMD64 } from "./test_store.ts";

const [home = "", what, path = "", reference = ""] = Deno.args;
const own = await openOwnStore({ env: { SNAPVM_HOME: home } });
const transport = `oci:${path}:v1`;
const layout = { path, transport, root: undefined!, manifests: [], layers: [] };
say("ready");
try {
  switch (what) {
    case "pull": {
      // As slow as a network.
      await using source = await WatchedSource.open(layout, {
        pieceSize: 1 << 16,
        onPiece: (digest, offset) => {
          say(`piece ${digest} ${offset}`);
          return new Promise((resolve) => setTimeout(resolve, 2));
        },
      });
      await addImage(own, source, { reference, platform: AMD64 });
      break;
    }
    case "import": {
      await using source = await openTransport(transport);
      await addImage(own, source, { reference, platform: AMD64 });
      break;
    }
    case "unpack":
      await unpackImage(own, reference, {
        stores: [{ root: `${path}/store`, kind: "apple" }],
        platform: AMD64,
        force: true,
      });
      break;
    case "remove":
      await removeImage(own, reference);
      await prune(own);
      break;
    case "prune":
      await prune(own);
      break;
    case "check":
      await checkStore(own);
      break;
  }
  say("done");
} catch (error) {
  if (!(error instanceof SnapvmError) || hasCode(error, "unwritable")) throw error;
  say(`failed ${error.code}`);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
