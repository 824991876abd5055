import type { LayerRule } from "./layer_rule.ts";

/**
 * Why a layer is refused, before it is known which layer that is: what reads the layer makes a `corrupt-layer` of it.
 */
export class LayerFault extends Error {
  /** The class's name. */
  override readonly name = "LayerFault";

  /**
   * Makes a fault.
   *
   * @param rule The rule that refuses the layer.
   * @param reason Why, as the part of a sentence after a colon.
   * @param path The member at fault, if it is one.
   * @param cause The error that led to it.
   */
  constructor(
    readonly rule: LayerRule,
    reason: string,
    readonly path?: Uint8Array,
    cause?: unknown,
  ) {
    super(reason, { cause });
  }
}
