/** What the stub has seen since its start. */
export interface StubCounts {
  readonly requests: number;
  readonly withSkills: number;
  /** Streams that go on. */
  readonly open: number;
}

export async function stubCounts(stub: string): Promise<StubCounts> {
  const counts: StubCounts = JSON.parse(await (await fetch(`${stub}/counts`)).text());
  return counts;
}

/** The bodies that came for each talk, in order. */
export async function stubTalks(stub: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const talks: Record<string, string[]> = JSON.parse(await (await fetch(`${stub}/talks`)).text());
  return talks;
}
