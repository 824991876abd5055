import { findArchitecture, findKernels, type Kernel } from "../boot/mod.ts";
import { Ext4 } from "../ext4/mod.ts";
import { formatPlatform } from "../oci/mod.ts";
import { listImages, openStores, type StoredImage } from "../store/mod.ts";
import { formatSize, formatTable, print, printJson } from "../ui/mod.ts";

interface ImagesOptions {
  readonly all?: true | undefined;
  readonly json?: boolean | undefined;
  readonly store?: string | undefined;
}

/** `snapvm images`. */
export async function images(options: ImagesOptions): Promise<void> {
  const stores = await openStores({ store: options.store });
  const rows = await Array.fromAsync(listImages(stores), examine);
  if (options.json) return printJson(rows.map(toJson));
  const shown = options.all ? rows : withoutNeverPulled(rows);
  if (shown.length > 0) return print(await formatTable(COLUMNS, shown.map(toCells)));
  const searched = stores.map(({ root }) => root).join(", ") || "there is none";
  print(`No images. Stores: ${searched}.\n`, Deno.stderr);
}

/** Leaves out the platforms that were never pulled, of an image that was pulled for another one. */
function withoutNeverPulled(rows: readonly Row[]): Row[] {
  const keyOf = ({ image }: Row) => JSON.stringify([image.store.root, image.reference]);
  const isPulled = ({ image }: Row) => image.status !== "not-pulled";
  const pulled = new Set(rows.filter(isPulled).map(keyOf));
  return rows.filter((row) => isPulled(row) || !pulled.has(keyOf(row)));
}

/** A row of the list: an image, and what its filesystem holds. */
interface Row {
  readonly image: StoredImage;
  /** The kernel that would be booted. */
  readonly kernel?: Kernel;
  /** Whether it can boot. */
  readonly bootable: boolean;
  /** Why it cannot boot, or what is odd about it. */
  readonly problems: readonly string[];
}

async function examine(image: StoredImage): Promise<Row> {
  if (image.status !== "ready" || image.snapshot === undefined) {
    return { image, bootable: false, problems: image.problems };
  }
  try {
    using root = await Ext4.open(image.snapshot.path);
    const { kernels: [kernel], problems } = await findKernels(root);
    const found = problems.map(({ path, message }) => `${path} ${message}`);
    const { platform } = image;
    const unbootable = platform === undefined || findArchitecture(platform) !== undefined
      ? []
      : [`there is no machine with a ${platform.architecture} processor`];
    return {
      image,
      ...kernel && { kernel },
      bootable: kernel !== undefined && unbootable.length === 0,
      problems: [
        ...unbootable,
        ...found,
        ...kernel || found.length > 0 ? [] : ["it has no kernel"],
        ...image.problems,
      ],
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { image, bootable: false, problems: [error.message, ...image.problems] };
  }
}

const COLUMNS = [
  { heading: "IMAGE" },
  { heading: "PLATFORM" },
  { heading: "SIZE", alignRight: true },
  { heading: "KERNEL" },
  { heading: "BOOTABLE" },
];

function toCells({ image, kernel, bootable, problems }: Row): string[] {
  return [
    image.name,
    image.platform ? formatPlatform(image.platform) : "-",
    image.snapshot ? formatSize(image.snapshot.allocated) : "-",
    kernel?.version ?? "-",
    bootable ? "yes" : `no: ${problems[0]}`,
  ];
}

function toJson({ image, kernel, bootable, problems }: Row) {
  return {
    reference: image.reference ?? null,
    name: image.name,
    platform: image.platform ? formatPlatform(image.platform) : null,
    digest: image.manifest ?? null,
    index: image.index ?? null,
    store: image.store.root,
    snapshot: image.snapshot?.path ?? null,
    size: image.snapshot?.size ?? null,
    allocated: image.snapshot?.allocated ?? null,
    status: image.status,
    kernel: kernel ? { version: kernel.version, kind: kernel.kind, path: kernel.path } : null,
    bootable,
    problems,
  };
}
