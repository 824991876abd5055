/**
 * What a program may ask of macOS: names such as `com.apple.security.virtualization`, and whether it may. macOS knows
 * other values too; nothing here needs them.
 */
export type Entitlements = Readonly<Record<string, boolean>>;

/**
 * Writes entitlements as a property list in XML, the form that `codesign --entitlements` takes.
 *
 * @param entitlements What to write.
 * @returns The document.
 */
export function toPlist(entitlements: Entitlements): string {
  const entries = sorted(entitlements).map(([key, value]) =>
    `\t<key>${key}</key>\n\t<${value}/>\n`
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
${entries.join("")}</dict>
</plist>
`;
}

/**
 * Reads the entitlements that are true or false from a property list in XML.
 *
 * @param plist The document.
 * @returns What it says.
 */
export function fromPlist(plist: string): Entitlements {
  const entries = plist.matchAll(/<key>([^<]*)<\/key>\s*<(true|false)\s*\/>/g);
  return Object.fromEntries(Array.from(entries, ([, key, value]) => [key, value === "true"]));
}

/**
 * Writes entitlements in DER, which macOS 12 and newer read: an application tag 16 around a version and a dictionary of
 * names in the order of their bytes. Apple has not documented it; signatures made by `codesign` have it.
 *
 * @param entitlements What to write.
 * @returns The bytes.
 */
export function toDer(entitlements: Entitlements): Uint8Array<ArrayBuffer> {
  const entries = sorted(entitlements).map(([key, value]) =>
    element(SEQUENCE, [
      element(UTF8_STRING, [new TextEncoder().encode(key)]),
      element(BOOLEAN, [Uint8Array.of(value ? 0xff : 0)]),
    ])
  );
  const version = element(INTEGER, [Uint8Array.of(1)]);
  return element(APPLICATION_16, [version, element(CONTEXT_16, entries)]);
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const UTF8_STRING = 0x0c;
const SEQUENCE = 0x30;
const APPLICATION_16 = 0x70;
const CONTEXT_16 = 0xb0;

function sorted(entitlements: Entitlements): [string, boolean][] {
  return Object.entries(entitlements).sort(([left], [right]) => left < right ? -1 : 1);
}

/** One element: tag, length, content (ITU-T X.690). */
function element(tag: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [tag, ...encodeLength(length)];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let offset = head.length;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 + digits.length, ...digits];
}
