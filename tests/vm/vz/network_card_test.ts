import assert from "node:assert/strict";
import { join } from "node:path";
import { type NetworkCard, takeNetworkCard } from "../../../lib/vm/vz/network_card.ts";
import { runAsAnotherUser } from "../../host/support/another_user.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const MODULE = new URL("../../../lib/vm/vz/network_card.ts", import.meta.url).href;

async function addressOf(folder: string, image: string): Promise<string> {
  using card = await takeNetworkCard(folder, image);
  return card.macAddress;
}

Deno.test("takeNetworkCard() gives an image the same address again, and no two at the same time", async () => {
  await using home = await temporaryFolder();
  const folder = join(home.path, "not yet", "there");
  const usual = await addressOf(folder, "one");
  assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
  assert.notEqual(await addressOf(folder, "another"), usual);
  assert.equal(await addressOf(folder, "one"), usual);
  let second: string;
  {
    using first = await takeNetworkCard(folder, "one");
    second = await addressOf(folder, "one");
    assert.equal(first.macAddress, usual);
    assert.notEqual(second, usual);
    // The second of two has its own usual address.
    assert.equal(await addressOf(folder, "one"), second);
  }
  assert.equal(await addressOf(folder, "one"), usual);
});

Deno.test("takeNetworkCard() gives each folder addresses of its own", async () => {
  await using home = await temporaryFolder();
  const addresses = ["a", "b", "c"].map((name) => addressOf(join(home.path, name), "one"));
  assert.equal(new Set(await Promise.all(addresses)).size, 3);
});

Deno.test("takeNetworkCard() needs no more addresses than macOS has, however many images there are", async () => {
  await using home = await temporaryFolder();
  const addresses = new Set<string>();
  for (let image = 0; image < 500; image++) addresses.add(await addressOf(home.path, `${image}`));
  assert.ok(addresses.size <= 128);

  const cards: NetworkCard[] = [];
  try {
    for (let machine = 0; machine < 128; machine++) {
      cards.push(await takeNetworkCard(home.path, "one"));
    }
    assert.equal(new Set(cards.map(({ macAddress }) => macAddress)).size, 128);
    await assert.rejects(
      takeNetworkCard(home.path, "another"),
      { code: "network-cards-taken", message: /128 machines/ },
    );
  } finally {
    for (const card of cards) card[Symbol.dispose]();
  }
});

Deno.test("takeNetworkCard() gives the card of a killed process to the next one", async () => {
  await using home = await temporaryFolder();
  const script = `
    import { takeNetworkCard } from ${JSON.stringify(MODULE)};
    const card = await takeNetworkCard(${JSON.stringify(home.path)}, "one");
    console.log(card.macAddress);
    await new Promise((resolve) => setTimeout(resolve, 1e6));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--ext=ts", script],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const address = new TextDecoder().decode((await reader.read()).value).trim();
  assert.notEqual(await addressOf(home.path, "one"), address);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  assert.equal(await addressOf(home.path, "one"), address);
});

Deno.test("takeNetworkCard() takes another card than one that sudo has had", async () => {
  await using home = await temporaryFolder();
  const usual = await addressOf(home.path, "one");
  const address = await runAsAnotherUser(
    `import { takeNetworkCard } from ${JSON.stringify(MODULE)};`,
    `console.log((await takeNetworkCard(${JSON.stringify(home.path)}, "one")).macAddress);`,
    home.path,
  );
  assert.notEqual(address.trim(), usual);
});
