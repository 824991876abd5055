/** A paragraph in lines of at most `width` characters, if its words are not longer; the first begins at `column`. */
export function wrap(text: string, width: number, column = 0): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && column + line.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(column)}`);
}
