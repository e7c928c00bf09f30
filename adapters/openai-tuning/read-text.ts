/** A body's text, cut off at so many characters: it may have no end. */
export async function readText(response: Response, maxChars: number): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length >= maxChars) break;
  }
  return text.slice(0, maxChars);
}
