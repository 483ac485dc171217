// Compresses the built page: node compress.mjs DIRECTORY. Once, here, as small as can be: the gateway has better to do with its first second.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const compress = (directory) => {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) compress(path);
    else if (!entry.name.endsWith('.br')) writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)));
  }
};

compress(process.argv[2]);
