import { join } from "node:path";
import { filter, textOf, withFolder } from "./programs.ts";

/** The EFI stub that systemd's own UKIs begin with, from the Debian package systemd-boot-efi. */
export const STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";

const PAGE = 4096;

/** Makes a UKI by its specification: objcopy adds sections to systemd's EFI stub, in the given order. */
export async function uki(
  sections: readonly (readonly [name: string, content: Uint8Array | string])[],
): Promise<Uint8Array<ArrayBuffer>> {
  return await withFolder(async (folder) => {
    let address = await endOf(STUB);
    let made = STUB;
    // One at a time, because objcopy takes a name only once in a call.
    for (const [index, [name, content]] of sections.entries()) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const file = join(folder, "content");
      await Deno.writeFile(file, bytes);
      const next = join(folder, `${index}.efi`);
      // objcopy adds a second section of a name only under another name, so the header is renamed afterwards.
      const placeholder = `.x${index}`.padEnd(8, "_");
      await filter([
        "objcopy",
        ...["--add-section", `${placeholder}=${file}`],
        ...["--change-section-vma", `${placeholder}=0x${address.toString(16)}`],
        made,
        next,
      ]);
      await renameSection(next, placeholder, name);
      made = next;
      address += Math.ceil(Math.max(bytes.length, 1) / PAGE) * PAGE;
    }
    return await Deno.readFile(made);
  });
}

/** The next free address in memory for a section. */
async function endOf(file: string): Promise<number> {
  const table = await textOf(["objdump", "-h", file]);
  const ends = Array.from(
    table.matchAll(/^ *\d+ \S+ +([0-9a-f]+) +([0-9a-f]+) /gm),
    ([, size = "", vma = ""]) => parseInt(size, 16) + parseInt(vma, 16),
  );
  return Math.ceil(Math.max(...ends) / PAGE) * PAGE;
}

async function renameSection(file: string, from: string, to: string): Promise<void> {
  const bytes = await Deno.readFile(file);
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, PAGE));
  const at = text.indexOf(from);
  if (at < 0) throw new Error(`${file} has no section ${from}`);
  bytes.fill(0, at, at + 8);
  bytes.set(new TextEncoder().encode(to), at);
  await Deno.writeFile(file, bytes);
}
