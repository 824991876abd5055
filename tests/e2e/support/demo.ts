import { type FixtureImage, fixtureImage } from "../../fixtures/fixture_image.ts";

/** The demo, in which most boots of these tests take place: it is the quickest. */
export const demo: FixtureImage = await fixtureImage("demo");
