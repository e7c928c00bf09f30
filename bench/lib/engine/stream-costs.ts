import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResult, BenchSize } from '../bench-report.ts';
import { startChild } from '../child.ts';
import { readProse } from '../prose.ts';
import { withScratchFolder } from '../scratch-folder.ts';
import { resultOf } from '../statistics.ts';
import type { BesideTaken, StreamSettings, StreamTaken } from './stream-worker.ts';

export interface StreamSize {
  /** Of the stream in protobuf, and of the shorter one in JSON. */
  readonly samples: number;
  readonly jsonSamples: number;
  readonly batchSize: number;
  readonly tokens: number;
  readonly promptTokens: number;
  /** Prompts and batches that are made in turn with what they are compared to. */
  readonly prompts: number;
  readonly pairs: number;
}

type Common = Omit<StreamSettings, 'kind' | 'profile' | 'samples'>;
type Codec = 'protobuf' | 'JSON';

const projectRoot = join(import.meta.dirname, '..', '..', '..');
const tokenizerFolder = join(projectRoot, 'test', 'fixtures', 'tokenizers', 'chatml');
const mostWords = 200_000;
const profileOf = { protobuf: 'tinker', JSON: 'mint' } as const satisfies Record<Codec, string>;

async function runWorker<T>(settings: StreamSettings): Promise<T> {
  const file = join(import.meta.dirname, 'stream-worker.ts');
  const worker = startChild(file, [JSON.stringify(settings)], { nodeOptions: ['--expose-gc'] });
  const taken: T = JSON.parse(await worker.output);
  return taken;
}

/** What came between one tenth and the next, from the start on. */
function eachTenth<T>({ tenths }: StreamTaken, of: (now: Totals, before: Totals) => T): readonly T[] {
  return tenths.map((now, at) => of(now, tenths[at - 1] ?? nothing));
}

type Totals = Omit<StreamTaken['tenths'][number], 'residentMb'>;
const nothing: Totals = { samples: 0, promptTokens: 0, renderMs: 0, datumMs: 0, wireMs: 0 };
const totalMs = ({ renderMs, datumMs, wireMs }: Totals): number => renderMs + datumMs + wireMs;

function rateOf(taken: StreamTaken, tokens: number, codec: Codec): BenchResult {
  const rates = eachTenth(taken, (now, before) => {
    return (1_000 * tokens * (now.samples - before.samples)) / (totalMs(now) - totalMs(before));
  });
  const { samples } = taken.tenths.at(-1) ?? nothing;
  const name = `${samples.toLocaleString('en')} samples of ${tokens.toLocaleString('en')} tokens`;
  return resultOf(`${name} from messages to the engine, ${codec}`, 'tokens/s', rates);
}

function sharesOf(taken: StreamTaken, codec: Codec): readonly BenchResult[] {
  const stages = [
    ['rendering', ({ renderMs }: Totals) => renderMs],
    ['datums', ({ datumMs }: Totals) => datumMs],
    ['the wire', ({ wireMs }: Totals) => wireMs],
  ] as const;
  return stages.map(([stage, msOf]) => {
    const shares = eachTenth(
      taken,
      (now, before) => (msOf(now) - msOf(before)) / (totalMs(now) - totalMs(before)),
    );
    return resultOf(`of this time ${stage}, ${codec}`, 'share', shares);
  });
}

function memoryOf({ tenths, peakMb, livingMb }: StreamTaken, codec: Codec): readonly BenchResult[] {
  const residentMb = tenths.map((tenth) => tenth.residentMb);
  const [first = Number.NaN] = residentMb;
  const third = residentMb[2] ?? Number.NaN;
  const last = residentMb.at(-1) ?? Number.NaN;
  const beside = (metric: string, value: number, name: string, other: number): BenchResult =>
    resultOf(`${metric}, ${codec}`, 'MB', [value], { name, runs: [other] });
  return [
    beside('resident memory at the end of the stream', last, 'after a tenth of it', first),
    beside('the same', last, 'after three tenths', third),
    beside('memory in use then, after a collection', livingMb[1], 'after a tenth of it', livingMb[0]),
    resultOf(`peak of resident memory, ${codec}`, 'MB', [peakMb]),
  ];
}

async function measureCodec(
  codec: Codec,
  size: StreamSize,
  common: Common,
  progress: (line: string) => void,
): Promise<readonly BenchResult[]> {
  const samples = codec === 'JSON' ? size.jsonSamples : size.samples;
  const profile = profileOf[codec];
  progress(`engine: ${samples.toLocaleString('en')} samples to the wire in ${codec}`);
  const taken = await runWorker<StreamTaken>({ ...common, kind: 'stream', profile, samples });
  progress(`engine: the same beside fetch and encode, ${codec}`);
  const { render, wire } = await runWorker<BesideTaken>({
    ...common,
    kind: 'beside',
    profile,
    samples: size.prompts,
  });
  return [
    rateOf(taken, size.tokens, codec),
    ...sharesOf(taken, codec),
    ...memoryOf(taken, codec),
    ...(codec === 'JSON'
      ? []
      : [resultOf('one prompt rendered', 'ms', render.ours, { name: 'encode alone', runs: render.bare })]),
    resultOf(`one batch of ${size.batchSize} through the client, ${codec}`, 'ms', wire.ours, {
      name: 'fetch alone, same bytes',
      runs: wire.bare,
    }),
  ];
}

/** What comes of samples on their way to an engine that costs nothing: how many, what of it costs what, and in how much memory. */
export async function measureStream(
  size: StreamSize,
  benchSize: BenchSize,
  progress: (line: string) => void,
): Promise<readonly BenchResult[]> {
  return withScratchFolder(async (folder) => {
    const wordsFile = join(folder, 'words.json');
    writeFileSync(wordsFile, JSON.stringify(readProse(projectRoot, benchSize).slice(0, mostWords)));
    const engine = startChild(join(import.meta.dirname, 'null-worker.ts'), [String(size.tokens - 1)]);
    try {
      const { batchSize, tokens, promptTokens, pairs } = size;
      const address = await engine.firstLine;
      const common = { address, tokenizerFolder, wordsFile, batchSize, tokens, promptTokens, pairs };
      return [
        ...(await measureCodec('protobuf', size, common, progress)),
        ...(await measureCodec('JSON', size, common, progress)),
      ];
    } finally {
      await engine.stop();
    }
  });
}
