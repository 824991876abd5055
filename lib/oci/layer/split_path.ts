const SLASH = 0x2f;
const DOT = 0x2e;

/** Whether a name stands for its own folder. */
export function isDot(name: Uint8Array): boolean {
  return name.length === 1 && name[0] === DOT;
}

/** Whether a name stands for the folder above. */
export function isDotDot(name: Uint8Array): boolean {
  return name.length === 2 && name[0] === DOT && name[1] === DOT;
}

/** The parts of a path between its slashes that are not empty. */
export function splitPath(path: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let start = 0; start < path.length;) {
    const slash = path.indexOf(SLASH, start);
    const end = slash < 0 ? path.length : slash;
    if (end > start) names.push(path.subarray(start, end));
    start = end + 1;
  }
  return names;
}

/** The parts of an archive's path, as seen from the root, above which there is nothing. */
export function cleanPath(path: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (const name of splitPath(path)) {
    if (isDotDot(name)) names.pop();
    else if (!isDot(name)) names.push(name);
  }
  return names;
}
