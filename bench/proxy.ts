import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOutcome, BenchResult, BenchSize } from './lib/bench-report.ts';
import type { Child } from './lib/child.ts';
import { inTurn } from './lib/in-turn.ts';
import { readProse } from './lib/prose.ts';
import type { Answered } from './lib/proxy/answered.ts';
import { type Contenders, openContenders } from './lib/proxy/contender.ts';
import { measureLoads } from './lib/proxy/measure-loads.ts';
import { measureMemory } from './lib/proxy/measure-memory.ts';
import { measurePrefixes } from './lib/proxy/measure-prefixes.ts';
import { countTurns, measureStoring } from './lib/proxy/measure-storing.ts';
import { openPortkey } from './lib/proxy/portkey.ts';
import { warmUp } from './lib/proxy/warm-up.ts';
import { type BodyFiles, writeBodies } from './lib/proxy/write-bodies.ts';
import { withScratchFolder } from './lib/scratch-folder.ts';
import { type SkillBank, writeSkillBank } from './lib/skill-bank.ts';
import { resultOf } from './lib/statistics.ts';

const skills: Readonly<Record<BenchSize, number>> = { full: 1_000, smoke: 20 };

interface Setting {
  readonly folder: string;
  readonly bank: SkillBank;
  readonly bodies: BodyFiles;
  readonly size: BenchSize;
  readonly progress: (line: string) => void;
}

/** Ends all that `work` started. */
async function withContenders<T>(
  { folder, bank }: Setting,
  name: string,
  withPortkey: boolean,
  work: (contenders: Contenders) => Promise<T>,
): Promise<T> {
  const own = join(folder, name);
  mkdirSync(own);
  const children: Child[] = [];
  const onOpened = (child: Child): void => void children.push(child);
  try {
    const contenders = await openContenders(own, bank.folder, onOpened);
    const { address } = contenders.direct;
    const portkey = withPortkey
      ? await openPortkey(address, process.env['BENCH_PORTKEY'], onOpened)
      : undefined;
    return await work({ ...contenders, ...(portkey === undefined ? {} : { portkey }) });
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

async function measureAnswers(contenders: Contenders, setting: Setting): Promise<readonly BenchResult[]> {
  const { bodies, bank, size, progress } = setting;
  const { direct, ours } = contenders;
  const parts: Answered[] = [
    await warmUp(contenders, bodies, size),
    await measureLoads(contenders, bodies, size, progress),
  ];
  progress('proxy: prompt caches and the store');
  parts.push(
    await measurePrefixes(direct, ours, bank.messages, size),
    await measureStoring(ours, bodies.skilled, size),
  );
  await ours.stop();
  const answered = parts.reduce((sum, part) => sum + part.answered, 0);
  return [
    ...parts.flatMap(({ results }) => results),
    resultOf('turns stored, of all answers', 'share', [countTurns(ours) / answered]),
  ];
}

async function measureIn(setting: Setting): Promise<BenchOutcome> {
  const { bodies, size, progress } = setting;
  const [memory = [], answers = []] = await inTurn(size, [
    () => {
      progress('proxy: memory');
      return withContenders(setting, 'memory', false, (contenders) =>
        measureMemory(contenders, bodies.skilledStream, size),
      );
    },
    () => withContenders(setting, 'answers', true, (contenders) => measureAnswers(contenders, setting)),
  ]);
  return {
    // Elsewhere than on Linux nobody tells the memory and the processor time.
    results: [...answers, ...memory].filter(({ value }) => !Number.isNaN(value)),
    notes: [
      `ours: the whole bot as config/start-bot.ts starts it, ${skills[size].toLocaleString('en')} skills, one model server, no key asked for, every turn stored in SQLite on disk (WAL, synchronous FULL); each in a process of its own, with the stub and the load in two more`,
      'bare undici: Node’s HTTP server, the body read and parsed, undici’s Pool.stream; no skills, no storage; ratio: ours divided by it or by what else is named',
      'each request begins a talk of its own: 1.8 KB, of which 1.5 are the agent’s prompt, with words that lead to skills, so that a block of up to 1,200 tokens is added; “no skill applies”: the same with a greeting in their place',
      'added: less what a direct call to the same stub takes in the same run; each value is the median of three runs, in each of which everybody has its turn under a load before the next load begins',
      'an answer that is not streamed is 0.8 KB; a token is an event of its own of 0.2 KB that says when the stub wrote it, and its time is from there to the load’s receipt; paced: 25 tokens, one each 20 ms; of the 500: 50, one each 50 ms, begun one after another',
      'CPU of one: of the whole process, by request',
      'Portkey (@portkey-ai/gateway): where it is installed here or in the folder that BENCH_PORTKEY names, bound to loopback; not streamed only, as in what is published every stream fails (“TypeError: immutable”)',
      'prompt-cache hits: of talks sent whole each turn, 20 turns, every third of them two or three words; the longest beginning that an earlier prompt of the talk has too, in blocks of 512 characters (128 tokens); chosen anew: by the same retrieval, each turn as a session of its own; a provider’s least length of 1,024 tokens is not regarded',
      'last byte to turn stored: until another process finds the turn in the file, one request after another; turns stored: of every answer of the whole run, when the proxy has ended',
      'memory: VmRSS of new processes; at rest: each stream has had one token',
      'aims, not asserted: one request at a time p50 at most 0.4 ms over direct; 32 at once at least 0.5 of bare undici’s requests and 5 times Portkey’s; 100,000 streamed tokens a second; tokens p99 less than 2 ms over direct',
    ],
  };
}

/** What our proxy adds to an agent's way to its model, and what it keeps of it. */
export function measure(progress: (line: string) => void, size: BenchSize): Promise<BenchOutcome> {
  return withScratchFolder((folder) => {
    const prose = readProse(join(import.meta.dirname, '..'), size);
    const bank = writeSkillBank(join(folder, 'skills'), prose, skills[size]);
    const bodies = writeBodies(folder, bank.messages);
    return measureIn({ folder, bank, bodies, size, progress });
  });
}
