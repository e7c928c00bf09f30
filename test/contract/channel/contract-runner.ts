import { inspect } from 'node:util';
import { expect, type TestContext, test } from 'vitest';
import { AppError, type ErrorCode } from '../../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../../core/domain/capabilities.ts';
import type { Document } from '../../../core/domain/document.ts';
import type { OutboundMessage } from '../../../core/domain/outbound-message.ts';
import type { ChannelContract, ChannelRig, Evidence, SetUpOptions } from './descriptor.ts';
import type { ChannelPromise } from './promise-names.ts';
import { createRecordingSink, type RecordingSink } from './recording-sink.ts';
import { watchRejections } from './watched-channel.ts';

/** A started channel and what happens around it. */
export interface Stage extends ChannelRig {
  readonly inbox: RecordingSink;
}

export interface ContractRunner {
  /** Runs on a started channel. With `needs`, only where all of them are given. */
  promise(
    name: ChannelPromise,
    body: (stage: Stage) => Promise<void>,
    needs?: readonly Need[],
    options?: Partial<SetUpOptions>,
  ): void;
  /** Runs on a channel that is not started. */
  promiseUnstarted(
    name: ChannelPromise,
    options: SetUpOptions,
    body: (rig: ChannelRig, inbox: RecordingSink, context: TestContext) => Promise<void>,
  ): void;
}

export type Flag = {
  [Name in keyof ChannelCapabilities]-?: ChannelCapabilities[Name] extends boolean ? Name : never;
}[keyof ChannelCapabilities];

/** `streams`: text can be appended to a message in the place where this rig talks. */
export type Need = Flag | 'streams';

function isGiven({ channel, conversation }: ChannelRig, need: Need): boolean {
  const { capabilities } = channel;
  if (need !== 'streams') return capabilities[need];
  return capabilities.canStreamNatively && conversation.audience === 'direct';
}

/** What holds for every channel at all times. */
function checkConduct(rejections: readonly unknown[], health: unknown, evidence: Evidence | undefined): void {
  expect(rejections.filter((thrown) => !(thrown instanceof AppError))).toEqual([]);
  if (evidence === undefined) return;
  expect(evidence.violations?.() ?? []).toEqual([]);
  const left = inspect([rejections, health, evidence.logged()], { depth: 20, maxStringLength: null });
  for (const secret of evidence.secrets) expect(left.includes(secret), 'a secret was told').toBe(false);
}

export function createContractRunner(contract: ChannelContract): ContractRunner {
  const promiseUnstarted: ContractRunner['promiseUnstarted'] = (name, options, body) => {
    const reason = contract.optOuts?.[name];
    if (reason !== undefined) {
      test.skip(`${name} [not here: ${reason}]`, () => undefined);
      return;
    }
    test(name, async (context) => {
      const rig = await contract.setUp(options);
      const { channel, rejections } = watchRejections(rig.channel);
      try {
        await body({ ...rig, channel }, createRecordingSink(), context);
      } finally {
        await rig.tearDown();
      }
      checkConduct(rejections, channel.health(), rig.evidence);
    });
  };

  return {
    promiseUnstarted,
    promise(name, body, needs = [], options = {}) {
      promiseUnstarted(name, { credentials: 'good', ...options }, async (rig, inbox, context) => {
        // A false flag is not a failure here: that the method then rejects is a promise of its own.
        const missing = needs.find((need) => !isGiven(rig, need));
        if (missing !== undefined) context.skip(`${missing}: not here`);
        await rig.channel.start(inbox.sink);
        await body({ ...rig, inbox });
        await rig.channel.stop();
      });
    },
  };
}

/** The driver's member, which a contract without a matching opt-out must have. */
export function must<T>(member: T | undefined, name: string): T {
  if (member === undefined)
    throw new Error(`the descriptor has no ${name}: add it, or opt out with a reason`);
  return member;
}

/** Asserts that `call` rejects with an `AppError` of this code, and gives it. */
export async function rejection(call: () => Promise<unknown>, code: ErrorCode): Promise<AppError> {
  const thrown: unknown = await call().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(AppError);
  const error = thrown instanceof AppError ? thrown : new AppError('internal', 'unreachable');
  expect(error.code).toBe(code);
  expect(error.message).not.toBe('');
  return error;
}

export const words = (text: string): Document => ({
  blocks: text === '' ? [] : [{ type: 'paragraph', children: [{ type: 'text', text }] }],
});

let keys = 0;

export function saying(text: string, extra: Partial<OutboundMessage> = {}): OutboundMessage {
  keys += 1;
  return { body: words(text), sendKey: `contract-${keys}`, ...extra };
}
