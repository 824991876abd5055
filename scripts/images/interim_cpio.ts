export function writeCpioInterim(
  entries: Iterable<{ path: string; mode: number; data: Uint8Array }>,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let ino = 1;
  const e = new TextEncoder();
  const add = (path: string, mode: number, data: Uint8Array) => {
    const name = e.encode(path + "\0");
    const f = [ino++, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
    parts.push(e.encode("070701" + f.map((n) => n.toString(16).padStart(8, "0")).join("")), name);
    parts.push(
      new Uint8Array((4 - (110 + name.length) % 4) % 4),
      data,
      new Uint8Array((4 - data.length % 4) % 4),
    );
  };
  for (const x of entries) add(x.path, x.mode, x.data);
  add("TRAILER!!!", 0, new Uint8Array());
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
