/**
 * Markdown as a plain tree, after CommonMark and GitHub's tables, strikethrough and task lists.
 * `MarkdownPort` makes it, core cuts it into chunks, each platform's `outbound` renders it. All text in it is literal:
 * a renderer escapes whatever its platform would read as markup. Raw HTML of the source arrives as literal text, save `<br>`, which is a line ending.
 * No text holds characters that reorder what stands around them (U+202A–202E, U+2066–2069).
 */
export interface Document {
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly type: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly type: 'heading'; readonly depth: 1 | 2 | 3 | 4 | 5 | 6; readonly children: readonly Inline[] }
  | { readonly type: 'code_block'; readonly language?: string; readonly text: string }
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | {
      readonly type: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly items: readonly ListItem[];
    }
  | { readonly type: 'table'; readonly align: readonly CellAlign[]; readonly rows: readonly TableRow[] }
  | { readonly type: 'rule' };

export interface ListItem {
  /** Present on task list items only. */
  readonly checked?: boolean;
  readonly blocks: readonly Block[];
}

export type CellAlign = 'left' | 'center' | 'right' | 'none';

/** The first row of a table is its header. Every row has as many cells as the header. */
export type TableRow = readonly (readonly Inline[])[];

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'strong'; readonly children: readonly Inline[] }
  | { readonly type: 'emphasis'; readonly children: readonly Inline[] }
  | { readonly type: 'strikethrough'; readonly children: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  /**
   * `url` is absolute, with the scheme http, https or mailto; a link with any other scheme is only its text. The words
   * never read like an address with another host (`honestLinks`), nor do they together with the words they run into.
   */
  | { readonly type: 'link'; readonly url: string; readonly children: readonly Inline[] }
  | { readonly type: 'break' };
