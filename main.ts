/** Runs one command of `metaclaw`; sets `process.exitCode` and never throws for a person's mistake. */
export async function runCommandLine(_argv: readonly string[]): Promise<void> {}
