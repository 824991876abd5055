import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { TargetMetadata } from "../../../lib/oci/mod.ts";
import { RecordedTree } from "../../../lib/store/verify/recorded_tree.ts";

const encoder = new TextEncoder();
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What the tree is compared with: plain objects. */
interface Node {
  readonly file: { uid: number; readonly children?: Map<string, Node>; readonly target?: string };
  readonly entry: number;
}

function metadata(uid: number): TargetMetadata {
  return { mode: 0o644, uid, gid: 0, mtime: { seconds: uid, nanoseconds: 5 } };
}

/** All names of the model with the facts about them, and all of the tree. */
function facts(tree: RecordedTree, root: Node): [string[], string[]] {
  const expected: string[] = [];
  const visit = (node: Node, path: string) => {
    for (const [name, child] of node.file.children ?? []) {
      const { uid, target, children } = child.file;
      expected.push(`${path}/${name} ${uid} ${target ?? (children ? "directory" : "file")}`);
      visit(child, `${path}/${name}`);
    }
  };
  visit(root, "");
  const found: string[] = [];
  const todo = [tree.root];
  for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
    for (const entry of tree.entries(folder)) {
      const path = text(tree.pathOf(entry));
      const type = tree.typeOf(entry);
      const { uid, mtime } = tree.file(tree.inodeOf(entry));
      assert.deepEqual(mtime, { seconds: uid, nanoseconds: 5 });
      assert.equal(tree.find(folder, tree.nameOf(entry)), entry);
      found.push(`${path} ${uid} ${type === "symlink" ? text(tree.linkTarget(entry)) : type}`);
      if (type === "directory") todo.push(entry);
    }
  }
  return [expected.sort(), found.sort()];
}

const steps = fc.array(
  fc.record({
    what: fc.constantFrom("folder", "file", "symlink", "link", "remove", "metadata"),
    where: fc.nat(),
    which: fc.nat(),
    name: fc.constantFrom(..."abcdefghij"),
    uid: fc.nat(100_000),
  }),
  { maxLength: 120 },
);

Deno.test("RecordedTree holds what a tree of objects holds, whatever is added and removed", () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const tree = new RecordedTree();
      const root: Node = { file: { uid: 0, children: new Map() }, entry: tree.root };
      const nodes = () => {
        const all = [root];
        for (const node of all) all.push(...node.file.children?.values() ?? []);
        return all;
      };
      for (const { what, where, which, name, uid } of taken) {
        const all = nodes();
        const folders = all.filter(({ file }) => file.children);
        const folder = folders[where % folders.length]!;
        const children = folder.file.children!;
        const bytes = encoder.encode(name);
        const chosen = all[which % all.length]!;
        if (what === "remove" || children.has(name)) {
          const removed = children.get(name);
          if (removed === undefined) continue;
          tree.remove(removed.entry);
          children.delete(name);
          if (what === "remove") continue;
        }
        if (what === "metadata") {
          if (chosen === root || !nodes().includes(chosen)) continue;
          tree.setMetadata(chosen.entry, metadata(uid));
          chosen.file.uid = uid;
        } else if (what === "folder") {
          const entry = tree.addFolder(folder.entry, bytes, metadata(uid));
          children.set(name, { file: { uid, children: new Map() }, entry });
        } else if (what === "file") {
          const entry = tree.addFile(folder.entry, bytes, metadata(uid), 3);
          tree.write(encoder.encode("abc"));
          children.set(name, { file: { uid }, entry });
        } else if (what === "symlink") {
          const entry = tree.addSymlink(folder.entry, bytes, bytes, metadata(uid));
          children.set(name, { file: { uid, target: name }, entry });
        } else {
          if (chosen.file.children || !nodes().includes(chosen)) continue;
          const entry = tree.addLink(folder.entry, bytes, chosen.entry);
          assert.equal(tree.inodeOf(entry), tree.inodeOf(chosen.entry));
          children.set(name, { file: chosen.file, entry });
        }
      }
      const [expected, found] = facts(tree, root);
      assert.deepEqual(found, expected);
    }),
    { numRuns: 500 },
  );
});

Deno.test("RecordedTree grows to many entries, and finds each of them", () => {
  const tree = new RecordedTree();
  for (let index = 0; index < 20_000; index++) {
    const folder = index % 100 === 0 ? tree.root : index - index % 100 + 1;
    const name = encoder.encode(`name-${index}`);
    const entry = index % 100 === 0
      ? tree.addFolder(folder, name, metadata(index))
      : tree.addFile(folder, name, metadata(index), name.length);
    if (index % 100 > 0) tree.write(name);
    assert.equal(entry, index + 1);
  }
  for (let index = 0; index < 20_000; index++) {
    const folder = index % 100 === 0 ? tree.root : index - index % 100 + 1;
    const entry = tree.find(folder, encoder.encode(`name-${index}`));
    assert.equal(entry, index + 1);
    const inode = tree.inodeOf(entry!);
    assert.equal(tree.file(inode).uid, index);
    if (index % 1000 !== 1) continue;
    const sha256 = createHash("sha256").update(`name-${index}`).digest();
    assert(tree.hasDigest(inode, sha256.subarray(0, 16)));
  }
  assert.equal(tree.find(tree.root, encoder.encode("name-1")), undefined);
});
