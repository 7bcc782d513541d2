import { Command, Option } from 'commander';
import { GuruError } from '../../report/error.js';
import type { Report } from '../../report/schema.js';
import { isSectionNamed } from '../../report/section-name.js';
import { FORMATS, type Format, renderReport } from '../../views/render.js';
import type { Cli } from '../cli.js';
import { examples } from '../help.js';
import { repeated, wholeNumber } from '../option-values.js';
import { readSaved } from '../read-saved.js';

interface ViewOptions {
  format: Format;
  section?: string[];
  index?: number;
}

/** `guru view`: saved reports in any view. */
export function viewCommand(cli: Cli): Command {
  return new Command('view')
    .summary('show saved reports, as text, JSON or XML')
    .description(
      'Shows saved reports in any view: those of a file, a log, a directory or standard input (-).',
    )
    .argument('<file...>', 'reports in JSON: files, logs that have some in them, directories, or -')
    .addOption(new Option('-f, --format <format>', 'how to show them').choices(FORMATS).default('text'))
    .option(
      '-s, --section <name>',
      'only this section, by title or kind; may be given several times',
      repeated(String),
    )
    .option('-n, --index <n>', 'only the Nth report', wholeNumber)
    .addHelpText(
      'after',
      examples([
        ['guru view report.json', 'a saved report as text'],
        ['guru view api-err.log --index 2', 'the second report in a log'],
        ['guru view -s threads -s "green threads" report.json', 'two of its sections'],
        ['ssh web-3 cat report.json | guru view -f xml -', 'a report from elsewhere, as XML'],
      ]),
    )
    .action((files: string[], options: ViewOptions) => view(cli, files, options));
}

async function view(cli: Cli, files: readonly string[], options: ViewOptions): Promise<void> {
  const { format, section: wanted, index } = options;
  const titles = new Set<string>();
  const left = new Set(wanted);
  let number = 0;
  let shown = 0;
  const { reports } = await readSaved(cli, files, async (report) => {
    number++;
    if (index !== undefined && number < index) return true;
    for (const { title } of report.sections) titles.add(title);
    const selected = selectSections(report, wanted, left);
    if (selected.sections.length === 0 && wanted !== undefined) return number !== index;
    const text = renderReport(selected, format);
    if (format !== 'text') await cli.write(text);
    else await cli.writeText(shown === 0 ? text : `\n${text}`);
    shown++;
    return number !== index;
  });
  if (reports === 0) return;
  if (index !== undefined && number < index) {
    const there = reports === 1 ? 'there is 1 report' : `there are ${reports} reports`;
    throw new GuruError('ERR_GURU_OPTION', `option --index: there is no report ${index}: ${there}`);
  }
  const missing = [...left][0];
  if (missing !== undefined) {
    throw new GuruError(
      'ERR_GURU_OPTION',
      `option --section: there is no section "${missing}"; there is ${[...titles].join(', ') || 'none at all'}`,
    );
  }
}

/** @param left is told which of the wanted ones were there. */
function selectSections(report: Report, wanted: readonly string[] | undefined, left: Set<string>): Report {
  if (wanted === undefined) return report;
  const sections = report.sections.filter((section) => {
    const fitting = wanted.filter((name) => isSectionNamed(section, name));
    for (const name of fitting) left.delete(name);
    return fitting.length > 0;
  });
  return { ...report, sections };
}
