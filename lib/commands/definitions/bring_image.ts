import { defineCommand } from "../command_line/command.ts";
import { flag, valueOption } from "../command_line/option.ts";
import { paragraphs } from "../paragraphs.ts";
import { STORED_IMAGE } from "./operands.ts";
import {
  debugOption,
  platformOption,
  progressJsonOption,
  quietOption,
  registryOptions,
  storeOption,
} from "./shared_options.ts";

/** `snapvm pull`. */
export const pullCommand = defineCommand({
  name: "pull",
  summary: "bring an image from its registry, and unpack it",
  description: paragraphs(`
Brings one platform of an image from its registry into snapvm's own store, and unpacks it while it arrives. What is
there already is not brought again. After Ctrl-C, or when the network has failed, the same command goes on where it was.

Credentials are those of docker login and podman login, credential helpers included; proxies are taken from
HTTPS_PROXY, HTTP_PROXY and NO_PROXY.

--json prints lines of JSON. While the image arrives, each is an event with a type: resolved (reference, manifest, size,
layers), blob (digest, size, done, state, resumedAt) or unpack (manifest, size, done, entries, state); sizes are in
bytes. The last one has the type result (reference, index, manifest, platform, snapshot) or error (code, message).
`),
  operands: [{ name: "REF", brief: "the image's reference: quay.io/fedora/fedora-bootc:42" }],
  options: {
    platform: platformOption,
    noUnpack: flag({ brief: "only bring it" }),
    ...registryOptions,
    quiet: quietOption,
    json: progressJsonOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../pull.ts")) as typeof import("../pull.ts")).pull,
});

/** `snapvm import`. */
export const importCommand = defineCommand({
  name: "import",
  summary: "take an image from a file, a folder or another program",
  description: paragraphs(`
Takes an image into snapvm's own store, and unpacks it. SOURCE is one of these; what a file or a folder is shows in its
content:

A folder or an archive in OCI's layout; an archive of docker save or podman save; a root filesystem as a folder or a
tar archive, compressed or not, which becomes an image of one layer; or - for any of these archives on standard input.

containers-storage:REF, the image that podman or buildah has built or pulled, and docker-daemon:REF, that of Docker.
Where an archive holds several images: oci:DIR:TAG, oci-archive:FILE:TAG, docker-archive:FILE:REF.

--json prints the same lines as that of pull.
`),
  operands: [{ name: "SOURCE", brief: "where the image is", complete: "file" }],
  options: {
    name: valueOption({
      brief: "the reference that the image is given (default: its own)",
      placeholder: "ref",
      parse: async (text) => {
        const { parseFullReference } = await import(
          import.meta.resolve("../command_line/parse_full_reference.ts")
        ) as typeof import("../command_line/parse_full_reference.ts");
        return parseFullReference(text);
      },
    }),
    platform: platformOption,
    noUnpack: flag({ brief: "only take it" }),
    quiet: quietOption,
    json: progressJsonOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../import.ts")) as typeof import("../import.ts"))
      .importImage,
});

/** `snapvm unpack`. */
export const unpackCommand = defineCommand({
  name: "unpack",
  summary: "make snapvm's own snapshot of an image that is there",
  description: paragraphs(`
Makes a snapshot of an image out of its layers, in snapvm's own store. The layers are read where they are: in snapvm's
store, or in that of Apple's container, which is not written.

--json prints the same lines as that of pull.
`),
  operands: [STORED_IMAGE],
  options: {
    platform: platformOption,
    force: flag({ brief: "make it again if it is there", short: "f" }),
    quiet: quietOption,
    json: progressJsonOption,
    store: storeOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../unpack.ts")) as typeof import("../unpack.ts")).unpack,
});
