import assert from "node:assert/strict";
import { join } from "node:path";
import {
  addImage,
  checkStore,
  type OwnStore,
  type StoreFindingKind,
} from "../../../lib/store/mod.ts";
import { ingestPath } from "../../../lib/store/content/store_paths.ts";
import { type Layout, WatchedSource } from "../support/layout.ts";
import { withOwnStore } from "../support/own_store.ts";
import { AMD64 } from "../support/test_store.ts";

const REFERENCE = "docker.io/library/system:1";

async function bring(own: OwnStore, layout: Layout) {
  await using source = await WatchedSource.open(layout);
  return await addImage(own, source, { reference: REFERENCE, platform: AMD64 });
}

/** What a row damages. */
interface Damaged {
  readonly root: string;
  readonly blob: (digest: string) => string;
  readonly layer: string;
  readonly config: string;
  readonly index: string;
  readonly manifest: string;
  readonly snapshot: string;
}

Deno.test("checkStore() finds each kind of fault, and with repair mends what can be", async (t) => {
  const rows: {
    readonly name: string;
    readonly damage: (store: Damaged) => Promise<unknown>;
    readonly finds: readonly StoreFindingKind[];
    /** What is left to be brought again. */
    readonly leaves?: readonly StoreFindingKind[];
  }[] = [
    {
      name: "another byte in a layer",
      damage: ({ blob, layer }) => changeByte(blob(layer), 1000),
      finds: ["blob-damaged"],
    },
    {
      name: "a layer that is cut short",
      damage: ({ blob, layer }) => Deno.truncate(blob(layer), 10),
      finds: ["blob-damaged"],
    },
    {
      name: "a configuration that is missing",
      damage: ({ blob, config }) => Deno.remove(blob(config)),
      finds: ["blob-missing"],
      leaves: ["blob-missing"],
    },
    {
      name: "an index that is missing",
      damage: ({ blob, index }) => Deno.remove(blob(index)),
      finds: ["blob-missing", ...Array<"unneeded">(5).fill("unneeded")],
      leaves: ["blob-missing", ...Array<"unneeded">(5).fill("unneeded")],
    },
    {
      name: "a layer and the snapshot that are missing",
      damage: async ({ blob, layer, snapshot }) => {
        await Deno.remove(blob(layer));
        await Deno.remove(join(snapshot, ".."), { recursive: true });
      },
      finds: ["blob-missing"],
      leaves: ["blob-missing"],
    },
    {
      name: "a snapshot without a superblock",
      damage: ({ snapshot }) => writeAt(snapshot, 1024, new Uint8Array(1024)),
      finds: ["snapshot-damaged"],
    },
    {
      name: "a snapshot's folder without the snapshot",
      damage: ({ snapshot }) => Deno.remove(snapshot),
      finds: ["snapshot-damaged"],
    },
    {
      name: "a snapshot without notes",
      damage: ({ snapshot }) => Deno.remove(`${snapshot}-info`),
      finds: ["snapshot-info"],
    },
    {
      name: "references that are no JSON",
      damage: ({ root }) => Deno.writeTextFile(join(root, "state.json"), "{"),
      finds: ["state-unreadable", ...Array<"unneeded">(6).fill("unneeded")],
      leaves: [...Array<"unneeded">(6).fill("unneeded"), "unknown"],
    },
    {
      name: "a reference that is damaged",
      damage: ({ root }) => changeState(root, (state) => state["other:1"] = { digest: 7 }),
      finds: ["reference-damaged"],
    },
    {
      name: "what was interrupted",
      damage: async ({ root }) => {
        await Deno.writeTextFile(ingestPath(root, `sha256:${"a".repeat(64)}`), "half");
        await Deno.mkdir(join(root, "snapshots/ingest/half"));
      },
      finds: ["half-made", "half-made"],
    },
    {
      name: "what no reference leads to",
      damage: ({ root }) => changeState(root, (state) => delete state[REFERENCE]),
      finds: Array<"unneeded">(6).fill("unneeded"),
      leaves: Array<"unneeded">(6).fill("unneeded"),
    },
    {
      name: "names that no store has",
      damage: async ({ root, snapshot }) => {
        for (const path of ["x", "content/x", "content/blobs/x", "content/blobs/sha256/x"]) {
          await Deno.writeTextFile(join(root, path), "");
        }
        await Deno.writeTextFile(`${snapshot}-x`, "");
      },
      finds: Array<"unknown">(5).fill("unknown"),
      leaves: Array<"unknown">(5).fill("unknown"),
    },
    {
      name: "what others can write",
      damage: async ({ root, snapshot }) => {
        await Deno.chmod(root, 0o777);
        await Deno.chmod(snapshot, 0o666);
      },
      finds: ["writable-by-others", "writable-by-others"],
    },
    {
      name: "a folder in the place of a blob",
      damage: async ({ blob, layer }) => {
        await Deno.remove(blob(layer));
        await Deno.mkdir(blob(layer));
      },
      finds: ["blob-damaged"],
    },
  ];
  for (const { name, damage, finds, leaves = [] } of rows) {
    await t.step(name, () =>
      withOwnStore(async ({ own, image }) => {
        const { root } = own;
        const layout = await image();
        const added = await bring(own, layout);
        const blob = (digest: string) => join(root, "content/blobs", digest.replace(":", "/"));
        const manifest = JSON.parse(await Deno.readTextFile(blob(added.manifest)));
        await damage({
          root,
          blob,
          layer: layout.layers[0]!.digest,
          config: manifest.config.digest,
          index: added.index,
          manifest: added.manifest,
          snapshot: added.snapshot!.path,
        });
        const kinds = async (repair: boolean) => {
          const check = await checkStore(own, { repair });
          const damaged = check.findings.some(({ isDamage, isRepaired }) =>
            isDamage && !isRepaired
          );
          assert.equal(check.isWhole, !damaged);
          return check.findings.map(({ kind }) => kind).sort();
        };
        assert.deepEqual(await kinds(false), [...finds].sort());
        assert.deepEqual(await kinds(false), [...finds].sort(), "looking changes nothing");
        await kinds(true);
        assert.deepEqual(await kinds(false), [...leaves].sort());
        // Bringing it again makes it whole.
        await bring(own, layout);
        const { isWhole, findings } = await checkStore(own);
        assert.ok(isWhole);
        assert.deepEqual(findings.filter(({ kind }) => kind !== "unknown"), []);
      }));
  }
});

async function writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(offset, Deno.SeekMode.Start);
  await file.write(bytes);
}

async function changeByte(path: string, offset: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  await writeAt(path, offset, new Uint8Array([bytes[offset]! ^ 1]));
}

async function changeState(
  root: string,
  change: (state: Record<string, unknown>) => unknown,
): Promise<void> {
  const path = join(root, "state.json");
  const state = JSON.parse(await Deno.readTextFile(path));
  change(state);
  await Deno.writeTextFile(path, JSON.stringify(state));
}
