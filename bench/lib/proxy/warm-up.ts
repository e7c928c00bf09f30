import type { BenchSize } from '../bench-report.ts';
import { resultOf } from '../statistics.ts';
import type { Answered } from './answered.ts';
import type { Contenders } from './contender.ts';
import { runLoad } from './run-load.ts';
import { stubCounts } from './stub-counts.ts';
import type { BodyFiles } from './write-bodies.ts';

const loads: Readonly<Record<BenchSize, { readonly atOnce: number; readonly measuredMs: number }>> = {
  full: { atOnce: 32, measuredMs: 3_000 },
  smoke: { atOnce: 1, measuredMs: 20 },
};

/** Lets everybody compile what runs often, and tells how many requests of each kind brought skills. */
export async function warmUp(
  { direct, ours, bare, portkey }: Contenders,
  bodies: BodyFiles,
  size: BenchSize,
): Promise<Answered> {
  const load = { query: '', warmUpMs: 0, ...loads[size] };
  const others = size === 'smoke' ? [] : [bare, ...(portkey === undefined ? [] : [portkey])];
  for (const other of others) await runLoad(other, { ...load, bodiesFile: bodies.skilled });
  const shareOf = async (bodiesFile: string): Promise<{ answered: number; share: number }> => {
    const before = await stubCounts(direct.address);
    const { answered } = await runLoad(ours, { ...load, bodiesFile });
    const after = await stubCounts(direct.address);
    return { answered, share: (after.withSkills - before.withSkills) / (after.requests - before.requests) };
  };
  const skilled = await shareOf(bodies.skilled);
  const plain = await shareOf(bodies.plain);
  return {
    answered: skilled.answered + plain.answered,
    results: [
      resultOf('requests that brought skills', 'share', [skilled.share]),
      resultOf('requests that brought skills, no skill applies', 'share', [plain.share]),
    ],
  };
}
