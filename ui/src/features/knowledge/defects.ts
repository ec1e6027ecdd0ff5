/** A defect or a failed import in words: the server gives a stable code and an English message. */

type Say = (key: string, values?: Record<string, unknown>) => string

export function defectWords(defect: { code: string; message: string }, t: Say): string {
  return t(`knowledge:defect.${defect.code.replace(/^documents\./, '').replaceAll('.', '_')}`, { defaultValue: defect.message })
}
