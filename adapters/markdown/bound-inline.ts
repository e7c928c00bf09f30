import type { gfm } from 'micromark-extension-gfm';

type SyntaxExtension = ReturnType<typeof gfm>;
type ConstructMap = NonNullable<SyntaxExtension['text']>;
type Construct = Extract<ConstructMap[string], { tokenize: unknown }>;

/**
 * The parser's time grows with the square of the number of delimiters in one paragraph. After this many characters of
 * a kind in one paragraph the rest of that kind is text.
 */
const budgets: readonly { readonly chars: string; readonly budgetChars: number }[] = [
  { chars: '*_~', budgetChars: 1000 },
  { chars: '[!', budgetChars: 500 },
  { chars: ']', budgetChars: 500 },
  { chars: '<', budgetChars: 200 },
];

function limited(char: string, spentIn: WeakMap<object, number>, budgetChars: number): Construct {
  const wanted = char.charCodeAt(0);
  return {
    name: `limited${char}`,
    tokenize(effects, ok, nok) {
      let spent = spentIn.get(this) ?? 0;
      const run = (code: number | null): ReturnType<typeof nok> => {
        if (code === wanted) {
          effects.consume(code);
          spent += 1;
          return run;
        }
        spentIn.set(this, spent);
        effects.exit('data');
        return spent > budgetChars ? ok(code) : nok(code);
      };
      return (code) => {
        effects.enter('data');
        return run(code);
      };
    },
  };
}

/** Looking for bare addresses walks back over all that was read of a paragraph; beyond this they are found afterwards. */
const maxEventsForAddresses = 2000;

function onlyInShortText(construct: Construct): Construct {
  const previous = construct.previous;
  if (previous === undefined) return construct;
  return {
    ...construct,
    previous(code) {
      return this.events.length <= maxEventsForAddresses && previous.call(this, code);
    },
  };
}

/** Syntax extensions like the given one whose time for one paragraph is bounded. */
export function boundInline(syntax: SyntaxExtension): readonly SyntaxExtension[] {
  const bounded: ConstructMap = {};
  for (const [code, constructs] of Object.entries(syntax.text ?? {})) {
    if (constructs === undefined) continue;
    bounded[code] = Array.isArray(constructs) ? constructs.map(onlyInShortText) : onlyInShortText(constructs);
  }
  const limits: Record<number, Construct> = {};
  for (const { chars, budgetChars } of budgets) {
    const spentIn = new WeakMap<object, number>();
    for (const char of chars) limits[char.charCodeAt(0)] = limited(char, spentIn, budgetChars);
  }
  return [{ ...syntax, text: bounded }, { text: limits }];
}
