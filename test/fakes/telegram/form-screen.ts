import type { SeenForm } from '../../contract/channel/descriptor.ts';
import type { FakeChat, FakeTelegramMessage } from './chats.ts';
import type { FakeTelegram } from './fake-telegram.ts';
import type { SayOptions, TelegramPerson } from './telegram-person.ts';

/** A form of the bot, which is a message with buttons here, as who reads and answers it. */
export interface FormScreen {
  seeForm(): Promise<SeenForm | undefined>;
  submitForm(answers: Readonly<Record<string, string>>): Promise<void>;
  closeForm(): Promise<void>;
}

type Button = { readonly text: string; readonly callback_data: string };

const buttonsOf = (message: FakeTelegramMessage): readonly Button[] =>
  (message.reply_markup?.inline_keyboard ?? []).flat();
const isCard = (message: FakeTelegramMessage): boolean =>
  buttonsOf(message).some(({ callback_data: data }) => data === ':x');
/** The bullet and what was answered already are no part of a label. */
const labelsOf = (message: FakeTelegramMessage): readonly string[] =>
  message.text
    .split('\n')
    .filter((line) => line.startsWith('• '))
    .map((line) => line.slice(2).replace(/: .*$/, ''));

/** What a field says to begin with, in the block that can be copied; only of the one that is asked for. */
function presentOf({ text, entities }: FakeTelegramMessage, label: string): { readonly value?: string } {
  const block = entities.find(({ type }) => type === 'pre');
  if (block === undefined || !text.includes(`${label}, as it is now:`)) return {};
  return { value: text.slice(block.offset, block.offset + block.length) };
}

export function createFormScreen(
  server: FakeTelegram,
  person: TelegramPerson,
  chat: FakeChat,
  say: SayOptions,
): FormScreen {
  const card = (): FakeTelegramMessage | undefined => [...chat.messages.values()].findLast(isCard);
  const mustCard = (): FakeTelegramMessage => {
    const found = card();
    if (found === undefined) throw new Error('no form is open');
    return found;
  };
  const gone = (): Promise<unknown> => server.until(() => card() === undefined, 'the form to go');
  const press = (find: (button: Button) => boolean): void => {
    const form = mustCard();
    const button = buttonsOf(form).find(find);
    if (button === undefined) throw new Error(`no such button: ${JSON.stringify(buttonsOf(form))}`);
    person.press(form.message_id, button.callback_data, chat);
  };
  /** Replies to the form, which takes words for the first of its fields that want some. */
  function reply(words: string): void {
    person.say(words, chat, { ...say, replyTo: mustCard().message_id });
  }

  return {
    async seeForm() {
      const message = card();
      if (message === undefined) return undefined;
      const lines = message.text.split('\n');
      const title = lines.find((line) => line !== '' && !line.startsWith('For ')) ?? '';
      const options = buttonsOf(message).filter(({ callback_data: data }) => data.startsWith(':c'));
      const choiceAt = Number(/^:c(\d+)/.exec(options[0]?.callback_data ?? '')?.[1] ?? -1);
      return {
        title,
        submitLabel: buttonsOf(message).find(({ callback_data: data }) => data === ':s')?.text ?? '',
        fields: labelsOf(message).map((label, index) =>
          index === choiceAt
            ? { label, kind: 'choice' as const, options: options.map(({ text }) => text) }
            : { label, kind: 'text' as const, ...presentOf(message, label) },
        ),
      };
    },
    async submitForm(answers) {
      const labels = labelsOf(mustCard());
      for (const label of labels) {
        const answer = answers[label];
        const keep = buttonsOf(mustCard()).find(({ text }) => text === 'Keep');
        if (answer === undefined && keep === undefined) continue;
        const option = buttonsOf(mustCard()).find(
          ({ text, callback_data: data }) => data.startsWith(':c') && text === answer,
        );
        if (answer === undefined) press(({ text }) => text === 'Keep');
        else if (option === undefined) reply(answer);
        else press((button) => button === option);
        const isMarked = (): boolean =>
          card()?.text.includes(`• ${label}: `) === true || card() === undefined;
        await server.until(isMarked, `${label} to be taken`);
      }
      if (card() !== undefined) press(({ callback_data: data }) => data === ':s');
      await gone();
    },
    async closeForm() {
      press(({ callback_data: data }) => data === ':x');
      await gone();
    },
  };
}
