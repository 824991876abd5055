import { hasCode, reasonOf } from "../../error/mod.ts";
import { isFile, join, removeIfThere } from "../../host/mod.ts";
import { MalformedJson } from "../../oci/mod.ts";
import { LEASE_FILE, reserveStore, shareStore } from "../content/store_lease.ts";
import { blobsFolder, snapshotFolder } from "../content/store_paths.ts";
import type {
  CheckStoreOptions,
  StoreCheck,
  StoreFinding,
  StoreFindingKind,
} from "../own/store_check.ts";
import { checkSnapshot } from "../snapshot/check_snapshot.ts";
import { listSnapshots } from "../snapshot/list_snapshots.ts";
import { writeSnapshotInfo } from "../snapshot/make_snapshot.ts";
import { changeState, NEW_STATE, STATE_LOCK } from "../state/change_state.ts";
import { readState, type State } from "../state/read_state.ts";
import { allocatedSize, isDigits, namesIn } from "./file_sizes.ts";
import { findLeftovers } from "./leftovers.ts";
import { removeSnapshot } from "./remove_snapshot.ts";
import { traceReference } from "./trace_reference.ts";
import { blobFault } from "./blob_fault.ts";

/** The kinds that mean no loss. */
const HARMLESS: readonly StoreFindingKind[] = ["snapshot-info", "half-made", "unneeded", "unknown"];

/** The names that a store has, by the folder below its root. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "": ["state.json", "content", "snapshots", LEASE_FILE, STATE_LOCK, NEW_STATE],
  "content": ["blobs", "ingest"],
  "content/blobs": ["sha256"],
};
const WRITABLE_BY_OTHERS = 0o022;

/** What `checkStore()` does. */
export async function verifyStore(root: string, options: CheckStoreOptions): Promise<StoreCheck> {
  using _lease = options.repair
    ? await reserveStore(root, "repair", options)
    : await shareStore(root, options.signal);
  return await new StoreVerification(root, options).run();
}

/** Where and what, for a finding. */
interface Place {
  readonly path: string;
  readonly digest?: string;
  readonly references?: readonly string[];
  readonly message: string;
  readonly size?: number;
  /** Mends it, and gives whether it could. */
  readonly repair?: () => Promise<boolean>;
}

class StoreVerification {
  readonly #root: string;
  readonly #options: CheckStoreOptions;
  readonly #findings: StoreFinding[] = [];
  /** The references that lead to a blob, by its digest. */
  readonly #references = new Map<string, Set<string>>();
  /** The digests of blobs that are there, and are what they should be. */
  readonly #whole = new Set<string>();
  /** Those of manifests whose snapshot is whole. */
  readonly #unpacked = new Set<string>();

  constructor(root: string, options: CheckStoreOptions) {
    this.#root = root;
    this.#options = options;
  }

  async run(): Promise<StoreCheck> {
    const state = await this.#readState();
    const damaged = new Map<string, string>();
    const { blobs, size } = await this.#readBlobs(damaged);
    const snapshots = await listSnapshots(this.#root);
    const broken = await this.#readSnapshots(snapshots);
    for (const [reference, descriptor] of state) {
      if (descriptor instanceof MalformedJson) await this.#reportReference(reference, descriptor);
      else await this.#trace(reference, descriptor.digest);
    }
    for (const [digest, fault] of damaged) {
      const path = join(blobsFolder(this.#root), digest.replace(":", "/"));
      await this.#report("blob-damaged", {
        path,
        digest,
        message: fault,
        repair: () => removeIfThere(path, { recursive: true }).then(() => true),
      });
    }
    for (const [digest, fault] of broken) {
      await this.#report("snapshot-damaged", {
        path: snapshotFolder(this.#root, digest),
        digest,
        message: fault,
        repair: () => removeSnapshot(this.#root, digest),
      });
    }
    await this.#reportUnneeded(blobs, snapshots, new Set([...damaged.keys(), ...broken.keys()]));
    for (const { path, digest, size } of await findLeftovers(this.#root, false)) {
      await this.#report("half-made", {
        path,
        ...digest !== undefined && { digest },
        size,
        message: "it was interrupted, and nobody goes on with it",
      });
    }
    if (this.#options.repair) await findLeftovers(this.#root, true);
    await this.#findUnknown();
    await this.#findWritable();
    return {
      references: state.size,
      blobs: blobs.length,
      snapshots: snapshots.length,
      size,
      findings: this.#findings,
      isWhole: this.#findings.every(({ isDamage, isRepaired }) => !isDamage || isRepaired),
    };
  }

  async #readState(): Promise<State> {
    try {
      return await readState(this.#root);
    } catch (error) {
      if (!hasCode(error, "store-unreadable")) throw error;
      const path = join(this.#root, "state.json");
      await this.#report("state-unreadable", {
        path,
        message: error.message,
        repair: async () => {
          await Deno.rename(path, `${path}.damaged`);
          return true;
        },
      });
      return new Map();
    }
  }

  /** Reads every blob, and says which of them are damaged. */
  async #readBlobs(damaged: Map<string, string>) {
    const folder = join(blobsFolder(this.#root), "sha256");
    const names = (await namesIn(folder)).filter(isDigits);
    const sizes = await Promise.all(names.map((name) => fileSize(join(folder, name))));
    const size = sizes.reduce((sum, each) => sum + each, 0);
    let done = 0;
    for (const name of names) {
      const { signal, onProgress } = this.#options;
      signal?.throwIfAborted();
      const digest = `sha256:${name}`;
      const fault = await blobFault(join(folder, name), digest, (count) => {
        done += count;
        onProgress?.({ done, size });
      }, signal);
      if (fault === undefined) this.#whole.add(digest);
      else damaged.set(digest, fault);
    }
    return { blobs: names, size };
  }

  /** Looks at every snapshot, and says which of them are damaged. */
  async #readSnapshots(digests: readonly string[]): Promise<Map<string, string>> {
    const broken = new Map<string, string>();
    for (const digest of digests) {
      this.#options.signal?.throwIfAborted();
      const { fault, snapshot, path } = await checkSnapshot(this.#root, digest);
      if (fault !== undefined) broken.set(digest, fault);
      else if (snapshot !== undefined) {
        this.#unpacked.add(digest);
        if (snapshot.info?.format === undefined) {
          await this.#report("snapshot-info", {
            path: `${path}-info`,
            digest,
            message: "the notes beside the snapshot are missing or damaged",
            repair: () => writeSnapshotInfo(`${path}-info`, path).then(() => true),
          });
        }
      }
    }
    return broken;
  }

  async #trace(reference: string, digest: string): Promise<void> {
    const traced = await traceReference(this.#root, digest, {
      isWhole: (blob) => this.#whole.has(blob),
      isUnpacked: (manifest) => this.#unpacked.has(manifest),
    });
    for (const blob of traced.reachable) {
      const references = this.#references.get(blob) ?? new Set();
      this.#references.set(blob, references.add(reference));
    }
    for (const { digest, what } of traced.missing) {
      const path = join(blobsFolder(this.#root), digest.replace(":", "/"));
      // One that is there is damaged, and is reported as that.
      if (await isFile(path)) continue;
      await this.#report("blob-missing", {
        path,
        digest,
        references: [reference],
        message: `the ${what} of ${reference} is not in the store`,
      });
    }
    for (const { digest, error } of traced.malformed) {
      await this.#report("document-malformed", {
        path: join(blobsFolder(this.#root), digest.replace(":", "/")),
        digest,
        references: [reference],
        message: reasonOf(error),
      });
    }
  }

  async #reportReference(reference: string, error: MalformedJson): Promise<void> {
    await this.#report("reference-damaged", {
      path: join(this.#root, "state.json"),
      references: [reference],
      message: error.message,
      repair: () => changeState(this.#root, (state) => state.delete(reference)),
    });
  }

  async #reportUnneeded(
    blobs: readonly string[],
    snapshots: readonly string[],
    reported: ReadonlySet<string>,
  ): Promise<void> {
    const folder = join(blobsFolder(this.#root), "sha256");
    for (const name of blobs) {
      const digest = `sha256:${name}`;
      if (this.#references.has(digest) || reported.has(digest)) continue;
      await this.#report("unneeded", {
        path: join(folder, name),
        digest,
        message: "no reference leads to the blob",
      });
    }
    for (const digest of snapshots) {
      if (this.#references.has(digest) || reported.has(digest)) continue;
      await this.#report("unneeded", {
        path: snapshotFolder(this.#root, digest),
        digest,
        message: "no reference leads to the snapshot",
      });
    }
  }

  async #findUnknown(): Promise<void> {
    const check = async (folder: string, isKnown: (name: string) => boolean) => {
      for (const name of await namesIn(join(this.#root, folder))) {
        if (isKnown(name)) continue;
        await this.#report("unknown", {
          path: join(this.#root, folder, name),
          message: "no store has anything of this name",
        });
      }
    };
    for (const [folder, known] of Object.entries(KNOWN)) {
      await check(folder, (name) => known.includes(name));
    }
    await check("content/blobs/sha256", isDigits);
    await check("snapshots", (name) => name === "ingest" || isDigits(name));
    for (const digest of await listSnapshots(this.#root)) {
      const folder = join("snapshots", digest.replace("sha256:", ""));
      await check(folder, (name) => name === "snapshot" || name === "snapshot-info");
    }
  }

  /** Looks for what other users could change. */
  async #findWritable(): Promise<void> {
    const visit = async (path: string): Promise<void> => {
      const info = await Deno.lstat(path).catch(() => undefined);
      if (info === undefined || info.isSymlink) return;
      const mode = info.mode ?? 0;
      if ((mode & WRITABLE_BY_OTHERS) !== 0) {
        await this.#report("writable-by-others", {
          path,
          message: "other users can write to it",
          repair: () => Deno.chmod(path, mode & 0o7777 & ~WRITABLE_BY_OTHERS).then(() => true),
        });
      }
      if (!info.isDirectory) return;
      for (const name of await namesIn(path)) await visit(join(path, name));
    };
    await visit(this.#root);
  }

  async #report(kind: StoreFindingKind, place: Place): Promise<void> {
    const { path, digest, message, repair } = place;
    const size = place.size ?? await allocatedSize(path);
    const isMended = this.#options.repair && repair !== undefined && await repair();
    this.#findings.push({
      kind,
      isDamage: !HARMLESS.includes(kind),
      path,
      ...digest !== undefined && { digest },
      references: place.references ?? [...this.#references.get(digest ?? "") ?? []],
      message,
      size,
      isRepaired: kind === "half-made" ? this.#options.repair === true : isMended === true,
    });
  }
}

async function fileSize(path: string): Promise<number> {
  return await Deno.lstat(path).then(({ size }) => size, () => 0);
}
