// Reads AsyncAPI documents with the parser of the AsyncAPI project and says what is wrong with them.
import { readFile } from 'node:fs/promises';
import { DiagnosticSeverity, Parser } from '@asyncapi/parser';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Name the documents to check: check FILE...');
  process.exit(2);
}

let broken = 0;
for (const file of files) {
  const { document, diagnostics } = await new Parser().parse(await readFile(file, 'utf8'), { source: file });
  const errors = diagnostics.filter(({ severity }) => severity === DiagnosticSeverity.Error);
  for (const { path, message, range } of errors) {
    console.error(`${file}:${range.start.line + 1}: ${path.join('.') || 'document'}: ${message}`);
  }
  const version = document?.version() ?? '';
  if (errors.length === 0 && !version.startsWith('3.')) console.error(`${file}: AsyncAPI ${version}, not 3`);
  if (errors.length > 0 || !version.startsWith('3.')) broken += 1;
}
console.log(`${files.length - broken} of ${files.length} AsyncAPI documents are sound.`);
process.exit(broken === 0 ? 0 : 1);
