import { toAppError } from '../../domain/app-error.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TuningPort } from '../../ports/tuning.ts';
import type { RunGate } from '../run/run-gate.ts';
import type { TuningFile, TuningRecord } from './tuning-progress.ts';

/** Training data as it is to stand at the provider. The name is of its words: other words are another file. */
export interface TrainingFile {
  readonly name: string;
  readonly text: string;
}

export interface TuningFilesDeps {
  readonly tuning: Pick<TuningPort, 'upload' | 'findFile' | 'deleteFile'>;
  readonly logger: Logger;
}

const free = { tokens: 0, micros: 0 } as const;

/**
 * Uploads what is not there yet and gives the ids in order. Names are stored before anything is uploaded, so that after a crash
 * a file is found by its name, and one whose words have changed since (a consent was taken back) is found and deleted.
 */
export async function uploadFiles(
  wanted: readonly TrainingFile[],
  record: TuningRecord,
  deps: TuningFilesDeps,
  gate: RunGate,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const before = record.now().files;
  const outdated = before.filter(({ name }) => wanted.every((file) => file.name !== name));
  const known = (name: string): TuningFile => before.find((file) => file.name === name) ?? { name };
  await record.add({ files: [...wanted.map(({ name }) => known(name)), ...outdated] });
  const left = await deleteFiles(outdated, deps, signal);
  if (outdated.length > 0) await record.add({ files: [...wanted.map(({ name }) => known(name)), ...left] });

  const fileIds: string[] = [];
  for (const { name, text } of wanted) {
    const { fileId: stored } = known(name);
    const found = stored ?? (record.isResumed ? await deps.tuning.findFile(name, signal) : undefined);
    const fileId = found ?? (await gate.call(free, () => deps.tuning.upload(name, text, signal)));
    const files = record.now().files.map((file) => (file.name === name ? { name, fileId } : file));
    if (stored === undefined) await record.add({ files });
    fileIds.push(fileId);
  }
  return fileIds;
}

/** People's words do not stay at a provider. Gives those that could not be deleted; the log says so. Never rejects. */
export async function deleteFiles(
  files: readonly TuningFile[],
  { tuning, logger }: TuningFilesDeps,
  signal: AbortSignal,
): Promise<readonly TuningFile[]> {
  const left: TuningFile[] = [];
  for (const file of files) {
    try {
      const found = file.fileId ?? (await tuning.findFile(file.name, signal));
      if (found !== undefined) await tuning.deleteFile(found, signal);
    } catch (thrown) {
      left.push(file);
      logger.warn('tuning_file_not_deleted', { file: file.name, error: toAppError(thrown) });
    }
  }
  return left;
}
