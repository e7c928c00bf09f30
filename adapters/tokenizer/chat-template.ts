import { AppError } from '../../core/domain/app-error.ts';
import type { Disguise } from './disguise.ts';
import { shortReason } from './errors.ts';
import { gentlerTalks } from './gentler-talks.ts';
import { templateGlobals } from './template-globals.ts';
import { type Talk, templateValues } from './template-values.ts';
import type { Libraries, LibraryTemplate } from './wire.ts';

export interface TemplateSources {
  readonly plain: string;
  /** Taken where there are tools. */
  readonly withTools?: string;
}

export interface ChatTemplate {
  /**
   * The text of a prompt, up to where the answer begins, with every text of the talk under its disguise. A talk that the
   * template refuses is tried again as `gentlerTalks` tells it. Throws `invalid_input` where it takes none of them.
   */
  render(talk: Talk, disguise: Disguise): string;
}

/** Throws the library's error where a source is no template. */
export function createChatTemplate(
  sources: TemplateSources,
  specialVariables: Readonly<Record<string, unknown>>,
  libraries: Pick<Libraries, 'compileTemplate'>,
): ChatTemplate {
  const plain = libraries.compileTemplate(sources.plain);
  const withTools = sources.withTools === undefined ? plain : libraries.compileTemplate(sources.withTools);

  function fill(template: LibraryTemplate, talk: Talk, disguise: Disguise): string {
    return template.render({
      ...templateGlobals,
      ...specialVariables,
      ...templateValues(talk, disguise.cover),
      add_generation_prompt: true,
    });
  }

  return {
    render(talk, disguise) {
      const template = talk.tools.length === 0 ? plain : withTools;
      let refusal: unknown;
      for (const messages of [talk.messages, ...gentlerTalks(talk.messages)]) {
        try {
          return fill(template, { ...talk, messages }, disguise);
        } catch (thrown) {
          refusal ??= thrown;
        }
      }
      throw new AppError(
        'invalid_input',
        `The model's chat template refuses these messages: ${disguise.restore(shortReason(refusal))}. Use another template, or begin a new talk.`,
        { cause: refusal },
      );
    },
  };
}
