// Writes src/api/schema.d.ts from the API's contract; with --check it only says whether the file is current.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const contract = new URL('../openapi.json', import.meta.url)
const file = new URL('src/api/schema.d.ts', import.meta.url)
const text = astToString(await openapiTS(contract))
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('src/api/schema.d.ts is not what portal/openapi.json says; run `npm run generate`')
    process.exit(1)
  }
} else {
  writeFileSync(file, text)
}
