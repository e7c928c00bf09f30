import type { BenchResult, BenchSize } from '../bench-report.ts';
import { inTurn } from '../in-turn.ts';
import { resultOf } from '../statistics.ts';
import type { Answered } from './answered.ts';
import type { Contenders } from './contender.ts';
import { type Load, loads, type Measure } from './loads.ts';
import { type LoadRun, runLoad } from './run-load.ts';
import type { BodyFiles } from './write-bodies.ts';

type Way = 'direct' | 'bare' | 'ours' | 'plain' | 'portkey';
type RunsByWay = Readonly<Record<Way, readonly LoadRun[]>>;

interface Planned {
  readonly load: Load;
  readonly way: Way;
}

const names: Readonly<Record<Way, string>> = {
  direct: 'direct',
  bare: 'bare undici',
  ours: 'ours',
  plain: 'ours',
  portkey: 'Portkey',
};
const runs: Readonly<Record<BenchSize, number>> = { full: 3, smoke: 1 };

function waysOf({ isWide }: Load, { portkey }: Contenders): readonly Way[] {
  if (!isWide) return ['direct', 'bare', 'ours'];
  return ['direct', 'bare', 'ours', 'plain', ...(portkey === undefined ? [] : ['portkey' as const])];
}

/** Begins with another each time, so that none has always the same before it. */
function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

async function take({ load, way }: Planned, contenders: Contenders, bodies: BodyFiles): Promise<LoadRun> {
  const contender = way === 'plain' ? contenders.ours : contenders[way];
  if (contender === undefined) throw new TypeError(`Nobody to ask: ${way}.`);
  const skilled = load.isStream ? bodies.skilledStream : bodies.skilled;
  const { query, atOnce, warmUpMs, measuredMs } = load;
  const bodiesFile = way === 'plain' ? bodies.plain : skilled;
  return await runLoad(contender, { query, atOnce, warmUpMs, measuredMs, bodiesFile });
}

function resultsOf(
  load: Load,
  { metric: what, unit, of, kind }: Measure,
  all: RunsByWay,
): readonly BenchResult[] {
  const metric = `${load.name}: ${what}`;
  const numbers = (way: Way): readonly number[] => all[way].map(of);
  const beside = (way: Way): { readonly name: string; readonly runs: readonly number[] } => ({
    name: names[way],
    runs: numbers(way),
  });
  const without = all.plain.length === 0 ? [] : [`${metric}, no skill applies`];
  if (kind === 'rate') {
    return [
      resultOf(metric, unit, numbers('ours'), beside('bare')),
      ...without.map((name) => resultOf(name, unit, numbers('plain'), beside('bare'))),
      ...(all.portkey.length === 0
        ? []
        : [resultOf(`${metric}, beside Portkey`, unit, numbers('ours'), beside('portkey'))]),
    ];
  }
  // Of one run each, so that what else the machine did then is in both.
  const added = (way: Way): readonly number[] =>
    numbers(way).map((value, at) => value - (numbers('direct')[at] ?? Number.NaN));
  const others = (['bare', 'portkey'] as const).filter((way) => all[way].length > 0);
  return [
    resultOf(metric, unit, numbers('ours'), beside('direct')),
    ...without.map((name) => resultOf(name, unit, numbers('plain'), beside('direct'))),
    resultOf(`${metric}, added`, `${unit} more`, added('ours')),
    ...without.map((name) => resultOf(`${name}, added`, `${unit} more`, added('plain'))),
    ...others.map((way) => resultOf(`${metric}, added by ${names[way]}`, `${unit} more`, added(way))),
  ];
}

/** How long everybody takes under each load, one after another and in another order each time. */
export async function measureLoads(
  contenders: Contenders,
  bodies: BodyFiles,
  size: BenchSize,
  progress: (line: string) => void,
): Promise<Answered> {
  const taken = new Map<Load, Record<Way, LoadRun[]>>(
    loads[size].map((load) => [load, { direct: [], bare: [], ours: [], plain: [], portkey: [] }]),
  );
  for (let run = 0; run < runs[size]; run += 1) {
    progress(`proxy: run ${run + 1} of ${runs[size]}`);
    const planned = [...taken].flatMap(([load, into]) =>
      rotated(waysOf(load, contenders), run).map((way) => async () => {
        into[way].push(await take({ load, way }, contenders, bodies));
      }),
    );
    await inTurn(size, planned);
  }
  const all = [...taken.values()];
  return {
    results: [...taken].flatMap(([load, by]) =>
      load.measures.flatMap((measure) => resultsOf(load, measure, by)),
    ),
    answered: all
      .flatMap(({ ours, plain }) => [...ours, ...plain])
      .reduce((sum, { answered }) => sum + answered, 0),
  };
}
