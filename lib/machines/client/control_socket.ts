/** The name of a machine's control socket in its runtime folder. */
export const CONTROL_SOCKET = "control";
