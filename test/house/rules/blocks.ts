/** A fenced code block of a Markdown file. */
export interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The fenced code blocks of a Markdown text, in order. A fence that is not closed throws. */
export const blocksOf = (file: string, markdown: string): Block[] => {
  const blocks: Block[] = [];
  let open: { line: number; language: string; text: string[] } | null = null;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (open === null && fence !== null) open = { line: index + 1, language: fence[1].trim(), text: [] };
    else if (open !== null && line === '```') {
      blocks.push({ file, line: open.line, language: open.language, text: `${open.text.join('\n')}\n` });
      open = null;
    } else if (open !== null) open.text.push(line);
  }
  if (open !== null) throw new Error(`${file}:${open.line}: a code block is not closed`);
  return blocks;
};

/** Relative links and pictures of a Markdown text, without anchors. */
export const linksOf = (markdown: string): string[] =>
  [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target.split('#')[0])
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));

/** Commands of a `console` block: its lines that start with `$ `, cut at `&&`. The other lines show what is printed. */
export const commandsOf = (block: Block): string[] =>
  block.text
    .split('\n')
    .filter((line) => line.startsWith('$ '))
    .flatMap((line) => line.slice(2).split('&&'))
    .map((command) => command.trim());
