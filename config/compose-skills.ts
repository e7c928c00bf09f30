import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivacyRecipient, StatusReport } from '../core/commands/context.ts';
import { digestText } from '../core/commands/digest.ts';
import type { SkillTools } from '../core/commands/skill-tools.ts';
import type { ConversationAddress } from '../core/domain/conversation.ts';
import type { PersonId, Platform, SpaceId } from '../core/domain/ids.ts';
import type { Proposal } from '../core/domain/proposal.ts';
import type { Skill, SkillName } from '../core/domain/skill.ts';
import type { DraftText } from '../core/domain/skill-operation.ts';
import type { Turn } from '../core/domain/turn.ts';
import type { DraftDeskParts } from '../core/intake/bot.ts';
import { createDigestPoster, type DigestPoster, WEEK_MS } from '../core/intake/digest-poster.ts';
import { createDraftDesk, type DraftDesk } from '../core/intake/draft-desk.ts';
import type { AnswerAgain } from '../core/learning/answer-again.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { MarkdownPort } from '../core/ports/markdown.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { TakeTurn } from '../core/schedule/work-turns.ts';
import { digestFacts } from '../core/skills/digest-facts.ts';
import { createHandEdits } from '../core/skills/edit-by-hand.ts';
import type { CheckDraft } from '../core/skills/evolver/check-operation.ts';
import { createProposalDesk } from '../core/skills/evolver/decide-proposal.ts';
import { audienceOf } from '../core/skills/evolver/evolver-library.ts';
import { createEvolverWorker, type LearnOutcome } from '../core/skills/evolver/evolver-worker.ts';
import type { LearnRequest } from '../core/skills/evolver/find-asked.ts';
import { checkDraft, type DraftVerdict } from '../core/skills/gates/gates.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import type { Verdict } from '../core/skills/proof/verdict.ts';
import { createSkillStats } from '../core/skills/skill-stats-view.ts';
import { createSpacePolicies } from '../core/skills/space-policy.ts';
import { createTrialWorker } from '../core/skills/trial-worker.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';
import type { ComposedEmbeddings } from './compose-embeddings.ts';
import { type HelperServer, helperServer, openHelperModel } from './helper-server.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { Storage } from './storage.ts';
import type { BackgroundWorker } from './with-workers.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const alpha = 0.05;
/** People's skills may name more words than a model's, as the shipped ones do. */
const handTriggers = 40;

export interface ComposeSkillsDeps {
  readonly loaded: LoadedSettings;
  readonly stores: Storage['stores'];
  readonly library: SkillLibrary;
  readonly choice: ModelChoice;
  /** The one that answers people; it judges where no judge is set. */
  readonly model: ModelPort;
  /** As those who serve people answer. */
  readonly answerAgain: AnswerAgain;
  /** As `ReplayDeps.foreignPlatforms`. */
  readonly foreignPlatforms: readonly Platform[];
  readonly mayEvolve: (turn: Turn, hintAuthors: readonly PersonId[]) => { readonly allowed: boolean };
  /** Of this installation, for what nobody outside may foretell. */
  readonly key: string;
  /** Absent without embeddings. */
  readonly meaning?: Pick<ComposedEmbeddings, 'cosine' | 'prepare'>;
  /** Told how much feedback there was in the last month, by space, and altogether under ''. */
  readonly onLabelled: (turns: ReadonlyMap<SpaceId | '', number>) => void;
  readonly markdown: MarkdownPort;
  /** Resolves when nobody is being answered. @default at once */
  readonly whenQuiet?: (signal: AbortSignal) => Promise<void>;
  /** Turns of background work. @default at once */
  readonly turnOf?: (kind: 'proof' | 'consolidation') => TakeTurn;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
  /** In place of those that the settings name, for measurements and tests. */
  readonly helpers?: { readonly evolver?: ModelPort; readonly judge?: ModelPort };
}

export interface ComposedSkills {
  readonly tools: SkillTools;
  /** The gates of learned text. */
  readonly check: CheckDraft;
  /** Models that help: the one that writes skills, and the judge of its drafts. Absent where none is set. */
  readonly helpers: { readonly evolver?: ModelPort; readonly judge?: ModelPort };
  /** Puts the card of a draft before whoever decides. Never rejects. */
  readonly showDraft: (proposal: Proposal) => Promise<void>;
  /** Tells maintainers of a space where cards go, of all such spaces where it is `undefined`. Never rejects. */
  readonly tell: (spaceId: SpaceId | undefined, markdown: string) => Promise<void>;
  readonly drafts: (parts: DraftDeskParts) => DraftDesk;
  readonly workers: readonly BackgroundWorker[];
  readonly recipients: readonly PrivacyRecipient[];
  readonly report: () => Promise<Pick<StatusReport, 'evolver' | 'samples'>>;
  /** What is set and does not work, as sentences. */
  readonly problems: readonly string[];
}

/** A sentence for `status` where an evolver is set and nobody is there to ask. */
const evolverWithoutServer =
  'evolver.model is set, but no model server was found at the start, so no skills are written. Set evolver.baseUrl to the address of one, or start the model’s server and then the bot again.';

/**
 * Everything around the library that changes it: gates, the evolver with its replays, decisions on drafts, trials, the digest,
 * and what the commands need of them. Rejects with storage errors.
 */
export async function composeSkills(deps: ComposeSkillsDeps): Promise<ComposedSkills> {
  const { loaded, stores, library, choice, clock, ids, logger } = deps;
  const { settings, secrets } = loaded;
  const { evolver: own, skills: skillSettings } = settings;
  const { proposals, trials, samples, evidence, ledger, turns, sessions } = stores;
  const limits = { maxBodyTokens: skillSettings.budgetTokens };
  const policies = createSpacePolicies(stores.settings, own.policy);
  const { meaning } = deps;
  const check = (draft: DraftText, existing: readonly Skill[]): DraftVerdict =>
    checkDraft(draft, {
      limits,
      isLearned: true,
      existing,
      ...(meaning === undefined ? {} : { cosine: meaning.cosine }),
    });
  const desk = createProposalDesk({
    proposals,
    library,
    check,
    ids,
    clock,
    logger,
    people: own.people,
    startsAs: ({ scope, trigger }) =>
      // Who corrects the bot for themselves does not want it to forget that in every second session.
      scope.kind === 'user' && (trigger === 'correction' || trigger === 'command') ? 'active' : 'canary',
  });
  await desk.recoverClaims();

  let drafts: DraftDesk | undefined;
  let poster: DigestPoster | undefined;
  const server = helperServer(own, secrets.EVOLVER_API_KEY, 'EVOLVER_API_KEY', choice);
  const judgeServer = helperServer(settings.judge, secrets.JUDGE_API_KEY, 'JUDGE_API_KEY', choice);
  const model = deps.helpers?.evolver ?? (server && (await openHelperModel('evolver', own, server, deps)));
  const judge =
    deps.helpers?.judge ??
    (judgeServer === undefined ? model : await openHelperModel('judge', settings.judge, judgeServer, deps));
  const evolver = createEvolverWorker({
    model,
    modelName: own.model,
    judge: judge ?? deps.model,
    judgeName: judgeServer === undefined ? own.model : settings.judge.model,
    answer: (turn, skills, signal) => deps.answerAgain(turn, { skills }, signal),
    foreignPlatforms: deps.foreignPlatforms,
    proposals,
    evidence,
    ledger,
    turns,
    sessions,
    library,
    check,
    ...(meaning === undefined ? {} : { prepare: meaning.prepare }),
    desk,
    mayUse: deps.mayEvolve,
    key: deps.key,
    clock,
    ids,
    logger,
    policyOf: (spaceId) => policies.policyOf(spaceId),
    threshold: own.threshold,
    people: own.people,
    coolDownMs: own.coolDownMinutes * MINUTE_MS,
    dailyCalls: own.dailyCalls,
    timeoutMs: own.timeoutMs,
    maxBodyTokens: skillSettings.budgetTokens,
    autoWiden: own.autoWiden,
    ...(deps.turnOf === undefined ? {} : { turn: deps.turnOf('proof') }),
    ...(deps.whenQuiet === undefined ? {} : { whenQuiet: deps.whenQuiet }),
    onProposal: async (proposal) => drafts?.show(proposal),
    onAsked: async (request, outcome) => tellOutcome(request, outcome, drafts),
  });

  async function tell(spaceId: SpaceId | undefined, markdown: string): Promise<void> {
    const spaces =
      spaceId === undefined ? (await policies.placesOf('cards')).map((place) => place.spaceId) : [spaceId];
    for (const one of spaces) await drafts?.tell(one, markdown);
  }

  const trialWorker = createTrialWorker({
    library,
    trials,
    ledger,
    clock,
    logger,
    alpha,
    maxActive: skillSettings.maxActive,
    disuseMs: skillSettings.disuseDays * DAY_MS,
    ...(deps.turnOf === undefined ? {} : { turn: deps.turnOf('consolidation') }),
    onHarm: ({ scope, ...skill }, verdict) =>
      tell(scope.kind === 'global' ? undefined : scope.spaceId, harmInWords(skill, verdict)),
    onLabelled: deps.onLabelled,
  });

  const digestDeps = {
    library: stores.library,
    generation: () => library.generation(),
    proposals,
    trials,
    samples,
  };
  const digest = async (spaceId: SpaceId, from: number, to: number): Promise<string> =>
    digestText(await digestFacts(spaceId, from, to, digestDeps));

  const { createSkillArchive } = await import('../adapters/skill-folder/skill-archive.ts');
  const tools: SkillTools = {
    library,
    hand: createHandEdits(library, {
      check: (draft, isLearned) =>
        checkDraft(draft, { limits: { ...limits, maxTriggers: handTriggers }, isLearned, existing: [] })
          .findings,
    }),
    proposals,
    decide: desk,
    draftChanged: async (proposal) => drafts?.changed(proposal),
    evolver,
    policies,
    stats: createSkillStats({ trials, clock, alpha, library: stores.library, samples }),
    async chart(chart) {
      const { createChart } = await import('../adapters/chart/chart.ts');
      return createChart().skillStats(chart);
    },
    archive: createSkillArchive({ budgetTokens: skillSettings.budgetTokens }),
    async saveExport(fileName, bytes) {
      const folder = join(loaded.homeFolder, 'exports');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, fileName);
      await writeFile(path, bytes, { mode: 0o600 });
      return path;
    },
    digest: (spaceId) => digest(spaceId, clock.now() - WEEK_MS, clock.now()),
    minPeople: own.people,
    maxActive: skillSettings.maxActive,
  };

  return {
    tools,
    check,
    helpers: {
      ...(model === undefined ? {} : { evolver: model }),
      ...(judge === undefined ? {} : { judge }),
    },
    showDraft: async (proposal) => drafts?.show(proposal),
    tell,
    drafts(parts) {
      const made = createDraftDesk({
        ...parts,
        proposals,
        policies,
        decide: desk,
        markdown: deps.markdown,
        ids,
        logger,
        maintainers: settings.maintainers,
        skillOf: (proposal, name) => targetOf(library, proposal, name),
      });
      drafts = made;
      const post = async (target: ConversationAddress, markdown: string): Promise<boolean> => {
        const channel = parts.channelOf(target.platform);
        if (channel === undefined) return false;
        await channel.send(target, { body: deps.markdown.parse(markdown), sendKey: ids.next('digest') });
        return true;
      };
      poster = createDigestPoster({
        policies,
        settings: stores.settings,
        digest,
        post,
        ...settings.digest,
        clock,
        logger,
      });
      return made;
    },
    workers: [evolver, trialWorker, { start: () => poster?.start(), stop: async () => poster?.stop() }],
    recipients: recipientsOf(server),
    report: async () => ({ evolver: await evolver.report(), samples: await samples.counts() }),
    problems: own.model !== '' && server === undefined ? [evolverWithoutServer] : [],
  };
}

/** The text that a draft would change, as those it is for have it now. */
function targetOf(
  library: SkillLibrary,
  { scope, learnedFrom }: Proposal,
  name: SkillName,
): Skill | undefined {
  if (scope.kind === 'global') return library.at(scope, name);
  return library.at(scope, name) ?? library.get(name, audienceOf(scope, learnedFrom.isPrivate === true));
}

/** Drafts tell by their cards; what came to nothing is told to whoever asked. */
async function tellOutcome(
  request: LearnRequest,
  outcome: LearnOutcome,
  desk: DraftDesk | undefined,
): Promise<void> {
  if (outcome.kind === 'nothing') {
    await desk?.answer(request.conversationKey, `Nothing was drafted: ${outcome.why}`);
    return;
  }
  for (const proposal of outcome.proposals) {
    if (proposal.state === 'refused') await desk?.show(proposal);
  }
}

function harmInWords(
  { name, standing }: Pick<Skill, 'name' | 'standing'>,
  { negatives, negativePeople }: Verdict,
): string {
  const ratings = `${negatives} bad ratings of ${negativePeople} ${negativePeople === 1 ? 'person' : 'people'}`;
  const what = standing.isPinned
    ? 'It is pinned, so it stays; `skill pin` with `off` lets it go.'
    : 'It is no longer used. `skill enable` brings it back as a new trial.';
  return `People were less happy where the skill **${name}** was shown (${ratings}). ${what}`;
}

/** Who gets people's words for it, for `/privacy`. */
function recipientsOf(server: HelperServer | undefined): readonly PrivacyRecipient[] {
  if (server === undefined) return [];
  return [
    {
      what: 'the model that writes skills',
      receives:
        'answers that were rated badly, the requests before them, what was said of them, and some good ones',
      ...placeOf(server),
    },
  ];
}
