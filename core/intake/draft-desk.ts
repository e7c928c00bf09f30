import { mayUse, type Role } from '../commands/command-spec.ts';
import {
  type DraftAct,
  draftActions,
  draftCard,
  draftCode,
  draftForm,
  readDraftAction,
} from '../commands/draft-card.ts';
import type { Decider, DraftDecisions } from '../commands/skill-tools.ts';
import { scopeInWords } from '../commands/skill-words.ts';
import { toAppError } from '../domain/app-error.ts';
import {
  type ConversationAddress,
  type ConversationKey,
  decodeConversationKey,
} from '../domain/conversation.ts';
import type { ActionInvoked, Person } from '../domain/inbound-event.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Skill, SkillName } from '../domain/skill.ts';
import { splitDocument } from '../domain/split-document.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { MarkdownPort } from '../ports/markdown.ts';
import type { ProposalStore } from '../ports/proposal-store.ts';
import type { SpacePolicies } from '../skills/space-policy.ts';
import type { Notifier } from './notifier.ts';

export interface DraftDeskDeps {
  readonly proposals: Pick<ProposalStore, 'get' | 'byCard' | 'update'>;
  readonly policies: Pick<SpacePolicies, 'placeOf'>;
  readonly decide: DraftDecisions;
  readonly notifier: Notifier;
  readonly channelOf: (platform: string) => ChannelPort | undefined;
  readonly markdown: MarkdownPort;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Person ids that may decide everywhere. */
  readonly maintainers: readonly string[];
  /** The text that a draft would change, as it is now. */
  readonly skillOf: (proposal: Proposal, name: SkillName) => Skill | undefined;
}

/** Cards of drafts, for maintainers to decide on where they are. No method rejects. */
export interface DraftDesk {
  /** Posts a draft where its space wants drafts, and tells whoever asked for it. */
  show(proposal: Proposal): Promise<void>;
  /** Puts the card of a draft in order after it was changed or decided. */
  changed(proposal: Proposal): Promise<void>;
  /** A button of a card that decides. */
  press(event: ActionInvoked): Promise<void>;
  /** The button that opens the form with the draft's text: it cannot wait for its turn. */
  openEditor(event: ActionInvoked): Promise<void>;
  /** Says something in a conversation, to whoever asked for something there. */
  answer(conversation: ConversationKey, markdown: string): Promise<void>;
  /** Says something to the maintainers of a space, where it wants drafts; nothing where it has no such place. */
  tell(spaceId: Proposal['spaceId'], markdown: string): Promise<void>;
}

const cardTextChars = 1_800;
const notTheirs = 'Only the people who run me here may decide on drafts.';
const unknown = 'I no longer know which draft this card belongs to.';

export function createDraftDesk(deps: DraftDeskDeps): DraftDesk {
  const cardOf = (proposal: Proposal): string =>
    draftCard(proposal, { before: (name) => deps.skillOf(proposal, name), maxTextChars: cardTextChars });

  async function quietly(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      deps.logger.warn('draft_desk_failed', { what, error });
    }
  }

  /** What a card shows: the begin of it where a platform's messages are short. */
  function messageOf(proposal: Proposal, channel: ChannelPort) {
    const code = draftCode(proposal);
    const whole = deps.markdown.parse(cardOf(proposal));
    const [body = whole, ...rest] = splitDocument(whole, channel.capabilities.maxTextChars, (piece) =>
      channel.measure(piece),
    );
    const actions = channel.capabilities.canShowActions ? draftActions(proposal) : [];
    if (rest.length > 0) deps.logger.info('draft_card_cut', { draft: proposal.number });
    return {
      body,
      sendKey: deps.ids.next(`card-${code}`),
      ...(actions.length === 0 ? {} : { actions }),
    };
  }

  async function post(proposal: Proposal, target: ConversationAddress): Promise<void> {
    const channel = deps.channelOf(target.platform);
    if (channel === undefined) return;
    const card = await channel.send(target, messageOf(proposal, channel));
    await deps.proposals.update(proposal.number, proposal.revision, { card });
  }

  async function say(key: ConversationKey, words: (prefix: string) => string): Promise<void> {
    const target = decodeConversationKey(key);
    const channel = target === undefined ? undefined : deps.channelOf(target.platform);
    if (target === undefined || channel === undefined) return;
    const body = deps.markdown.parse(words(channel.capabilities.commandPrefix));
    await channel.send(target, { body, sendKey: deps.ids.next('draft-word') });
  }

  async function tellAsker(proposal: Proposal): Promise<void> {
    if (proposal.askedIn !== undefined) await say(proposal.askedIn, (prefix) => wordFor(proposal, prefix));
  }

  async function refresh(proposal: Proposal): Promise<void> {
    const { card } = proposal;
    const channel = card === undefined ? undefined : deps.channelOf(card.platform);
    if (card === undefined || channel?.capabilities.canEdit !== true) return;
    await channel.edit(card, messageOf(proposal, channel));
  }

  function deciderOf({ personId, role }: Person): Decider {
    const listed: Role = deps.maintainers.includes(personId) ? 'maintainer' : 'person';
    return { personId, role: role ?? listed };
  }

  /** The draft behind a press, and whether that is the text that was looked at. */
  async function drafted(
    event: ActionInvoked,
  ): Promise<{ readonly proposal: Proposal; readonly act: DraftAct; readonly isSame: boolean } | undefined> {
    const wanted = readDraftAction(event.actionId);
    const proposal = await deps.proposals.byCard(event.target);
    if (wanted === undefined || proposal === undefined || proposal.spaceId !== event.spaceId)
      return undefined;
    return { proposal, act: wanted.act, isSame: proposal.draftHash.startsWith(wanted.hash) };
  }

  const answer = (event: ActionInvoked, markdown: string): Promise<void> =>
    deps.notifier.reply(event.conversation, event.interaction, markdown, event.actor.personId);

  async function decide(proposal: Proposal, act: DraftAct, by: Decider): Promise<Proposal> {
    const { number, draftHash } = proposal;
    switch (act) {
      case 'approve':
        return deps.decide.approve(number, draftHash, by);
      case 'reject':
        return deps.decide.reject(number, draftHash, undefined, by);
      case 'undo':
        return deps.decide.undo(number, by);
      case 'edit':
        return proposal;
    }
  }

  return {
    show: (proposal) =>
      quietly('show', async () => {
        const place = await deps.policies.placeOf('cards', proposal.spaceId);
        if (place !== undefined && proposal.state !== 'refused') await post(proposal, place);
        await tellAsker(proposal);
      }),
    changed: (proposal) => quietly('changed', () => refresh(proposal)),
    press: (event) =>
      quietly('press', async () => {
        const found = await drafted(event);
        if (found === undefined) return answer(event, unknown);
        const by = deciderOf(event.actor);
        if (!mayUse({ role: 'maintainer' }, by.role)) return answer(event, notTheirs);
        const { proposal, act, isSame } = found;
        if (!isSame) {
          await refresh(proposal);
          return answer(
            event,
            'This draft has changed since you looked at it. Look at it again, then decide.',
          );
        }
        try {
          const decided = await decide(proposal, act, by);
          await refresh(decided);
          await answer(event, decisions[act]);
        } catch (thrown) {
          const error = toAppError(thrown);
          deps.logger.info('draft_not_decided', { draft: proposal.number, act, error });
          const now = await deps.proposals.get(proposal.number);
          if (now !== undefined) await refresh(now);
          await answer(
            event,
            error.code === 'internal'
              ? 'That did not work. The operator finds the reason in the log.'
              : error.message,
          );
        }
      }),
    openEditor: (event) =>
      quietly('edit', async () => {
        const found = await drafted(event);
        if (found === undefined) return answer(event, unknown);
        if (!mayUse({ role: 'maintainer' }, deciderOf(event.actor).role)) return answer(event, notTheirs);
        const channel = deps.channelOf(event.platform);
        const form = draftForm(found.proposal);
        const prefix = channel?.capabilities.commandPrefix ?? '/';
        const byHand = `Send the whole new text after \`${prefix}skill edit ${draftCode(found.proposal)}\`.`;
        if (form === undefined || channel?.capabilities.canOpenForms !== true) return answer(event, byHand);
        try {
          await channel.openForm(event.interaction, form);
        } catch (error) {
          deps.logger.info('form_not_opened', { form: form.formId, error });
          await answer(event, byHand);
        }
      }),
    answer: (conversation, markdown) => quietly('answer', () => say(conversation, () => markdown)),
    tell: (spaceId, markdown) =>
      quietly('tell', async () => {
        const place = await deps.policies.placeOf('cards', spaceId);
        const channel = place === undefined ? undefined : deps.channelOf(place.platform);
        if (place === undefined || channel === undefined) return;
        await channel.send(place, { body: deps.markdown.parse(markdown), sendKey: deps.ids.next('skills') });
      }),
  };
}

const decisions: Readonly<Record<DraftAct, string>> = {
  approve: 'Approved.',
  edit: '',
  reject: 'Turned down.',
  undo: 'Undone.',
};

/** For whoever asked for it by `skill learn`, or whose own correction took effect. */
function wordFor({ state, number, scope, reason, operation }: Proposal, prefix: string): string {
  switch (state) {
    case 'applied':
      return `I learned something, for ${scopeInWords(scope)}: ${operation.op === 'retire' ? 'a skill was retired' : 'a skill was written'} from what was said. \`${prefix}skill undo ${number}\` takes it back.`;
    case 'waiting':
      return `There is a draft from what was said. A maintainer decides on it (draft ${number}).`;
    default:
      return `I tried to draft a skill from what was said, and the checks refused it${reason === undefined ? '' : `: ${reason}`}.`;
  }
}
