/** The name of the port that the agent serves. */
export const AGENT_PORT = "snapvm.agent";
