// This folder has tools for developers; the service does not use them. This one rewrites the generated files: npm run generate.
import { readFileSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';

const files = await generatedFiles((path) => readFileSync(path, 'utf8'));
for (const [file, text] of Object.entries(files)) {
  writeFileSync(file, text);
  process.stdout.write(`wrote ${file}\n`);
}
