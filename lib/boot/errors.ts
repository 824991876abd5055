/**
 * The ways in which an image can fail to give a hypervisor something to start.
 *
 * @module
 */

/** No kernel that could be started was found in an image. */
export class NoKernel extends Error {
  /** The name of the class. */
  override name = "NoKernel";
  /** What to do next. */
  readonly advice: string;

  /**
   * Says what cannot be done and why, and what to do about it.
   *
   * @param message What was looked for, where, and what was found instead.
   * @param advice What to do next.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** The kernel that was asked for is not in the image, or the wish fits several. */
export class NoSuchKernel extends Error {
  /** The name of the class. */
  override name = "NoSuchKernel";
  /** What to do next. */
  readonly advice: string;

  /**
   * Says what cannot be done and why, and what to do about it.
   *
   * @param message What was asked for and what is there.
   * @param advice What to do next.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** A kernel file whose bytes contradict their own format, or end too early. */
export class CorruptKernel extends Error {
  /** The name of the class. */
  override name = "CorruptKernel";
}

/** A kernel file in a format that is known but cannot be made startable. */
export class UnsupportedKernel extends Error {
  /** The name of the class. */
  override name = "UnsupportedKernel";
  /** What to do next. */
  readonly advice: string;

  /**
   * Says what cannot be done and why, and what to do about it.
   *
   * @param message Which file, which format, and why it cannot be started.
   * @param advice What to do next.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** A kernel for another processor than the machine's. */
export class WrongMachine extends Error {
  /** The name of the class. */
  override name = "WrongMachine";
  /** What to do next. */
  readonly advice: string;

  /**
   * Says what cannot be done and why, and what to do about it.
   *
   * @param message Which file, its processor and the machine's.
   * @param advice What to do next.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** An initramfs whose bytes contradict their own format, or end too early. */
export class CorruptInitramfs extends Error {
  /** The name of the class. */
  override name = "CorruptInitramfs";
}

/** An image's file of kernel arguments that cannot be read as what it should be. */
export class InvalidKernelArguments extends Error {
  /** The name of the class. */
  override name = "InvalidKernelArguments";
}

/** A kernel argument that the kernel command line has no way to carry. */
export class UnpassableArgument extends Error {
  /** The name of the class. */
  override name = "UnpassableArgument";
  /** What to do next. */
  readonly advice: string;

  /**
   * Says what cannot be done and why, and what to do about it.
   *
   * @param message Which argument, and why it cannot be passed.
   * @param advice What to do next.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** A kernel command line that is longer than the kernel keeps. */
export class CommandLineTooLong extends Error {
  /** The name of the class. */
  override name = "CommandLineTooLong";
  /** What to do next. */
  readonly advice: string;

  /**
   * Says what cannot be done and why, and what to do about it.
   *
   * @param message How long it is, and how long it may be.
   * @param advice What to shorten.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}
