import type { Policy } from '../../../core/domain/policy.ts';
import type { TrainerPort } from '../../../core/ports/trainer.ts';
import {
  type Community,
  type CommunitySize,
  createCommunity,
  noPoison,
  type Poison,
  poisoned,
} from './community.ts';
import { createDrawer, type Drawer } from './drawn-answers.ts';
import { createToyTalk, type ToyTalk } from './toy-talk.ts';

export interface DaysPlan {
  readonly trainer: TrainerPort;
  readonly baseModel: string;
  readonly seed: number;
  readonly size: Omit<CommunitySize, 'kinds'>;
  readonly learningRate: number;
  /** Of our steps, what a nat of distance from what serves costs. */
  readonly kl: number;
  /** Of conversations, that our canaries answer. */
  readonly canaryShare: number;
  readonly isPoisoned: boolean;
}

/** What became of one stream of days. */
export interface DaysResult {
  /** Share of right answers of each day. */
  readonly rightByDay: readonly number[];
  /** Answers that anybody rated. */
  readonly rated: number;
  /** Of these how many came to what end; together they are all. */
  readonly fates: Readonly<Record<string, number>>;
  /** Optimiser steps that learned something, and that did not or were not made. */
  readonly steps: { readonly done: number; readonly skipped: number };
  /** All that were ever made; empty where the rule knows none. */
  readonly policies: readonly Policy[];
}

/** The same people, requests and moods for each rule of one seed. */
export interface Stage {
  readonly plan: DaysPlan;
  readonly talk: ToyTalk;
  readonly community: Community;
  readonly poison: Poison;
  readonly drawer: Drawer;
}

export function createStage(plan: DaysPlan, signal: AbortSignal): Stage {
  const talk = createToyTalk(plan.seed);
  return {
    plan,
    talk,
    community: createCommunity(plan.seed, { ...plan.size, kinds: talk.kinds }),
    poison: plan.isPoisoned ? poisoned : noPoison,
    drawer: createDrawer({ ...plan, talk }, signal),
  };
}

export const shareRight = (right: readonly boolean[]): number => right.filter(Boolean).length / right.length;

/** The library changes for one kind of request after every so many days. */
const changesEvery = 12;

/** Of which kind the library changes after this day, from 0. */
export function changedKind(day: number, kinds: number): number | undefined {
  return day % changesEvery === changesEvery - 1 ? Math.floor(day / changesEvery) % kinds : undefined;
}
