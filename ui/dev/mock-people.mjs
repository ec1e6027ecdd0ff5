/** People, roles and scenarios of the stand-in server. */

export const LABEL = '本内容由人工智能生成，仅供参考，请以所引条文和主管部门解释为准。'
export const model = { id: 'extractive', name: '内置摘录模型', level: 'sensitive', filing_number: null }
export const deepseek = { id: 'deepseek-r1', name: 'DeepSeek-R1', level: 'internal', filing_number: '网信算备330110507206401230035号' }

export const departments = [
  { id: 'sc', name: '四川省数据局', parent: null, region: '510000' },
  { id: 'sc-zw', name: '政务服务处', parent: 'sc', region: '510000' },
  { id: 'cd', name: '成都市住房公积金管理中心', parent: null, region: '510100' },
]

export const roles = [
  { id: 'clerk', title: '办事人员', title_en: 'Clerk', actions: ['ask', 'collection.read', 'feedback.give', 'search'], clearance: 'internal' },
  { id: 'reviewer', title: '审核员', title_en: 'Reviewer', actions: ['ask', 'collection.read', 'feedback.give', 'review.decide', 'review.read', 'search'], clearance: 'sensitive' },
  { id: 'operator', title: '12345 话务员', title_en: '12345 operator', actions: ['ask', 'collection.read', 'feedback.give', 'search'], clearance: 'internal' },
  { id: 'steward', title: '数据专员', title_en: 'Data steward', actions: ['ask', 'collection.manage', 'collection.read', 'document.import', 'document.remove', 'feedback.give', 'search'], clearance: 'sensitive' },
  { id: 'models', title: '模型运维', title_en: 'Model operator', actions: ['ask', 'collection.read', 'feedback.give', 'model.manage', 'model.read', 'search', 'system.read'], clearance: 'internal' },
  { id: 'sysadmin', title: '系统管理员', title_en: 'System administrator', actions: ['account.manage', 'account.read', 'system.manage', 'system.read'], clearance: 'public' },
  { id: 'security', title: '安全管理员', title_en: 'Security administrator', actions: ['account.read', 'guard.test', 'policy.manage', 'policy.read', 'role.grant', 'system.read'], clearance: 'public' },
  { id: 'auditor', title: '审计管理员', title_en: 'Audit administrator', actions: ['audit.read', 'audit.verify'], clearance: 'public' },
]

const names = { clerk: '李晓芸', reviewer: '王建国', operator: '陈静', steward: '赵敏', models: '刘洋', sysadmin: '孙磊', security: '周涛', auditor: '吴霞' }
export const accounts = roles.map((role, index) => ({
  id: `user_${index + 1}`,
  username: role.id,
  name: names[role.id],
  roles: [role.id],
  department: departments[index % departments.length],
  region: '510000',
  clearance: role.clearance,
  locked: false,
  last_login_at: new Date(Date.now() - index * 7_200_000).toISOString(),
  created_at: '2026-09-01T08:00:00Z',
}))

const laws = { id: 'laws', name: '法律法规库' }
const fund = { id: 'housing_fund', name: '公积金政策库' }
export const scenarios = [
  {
    id: 'policy_consultation', title: '政策咨询', title_en: 'Policy consultation', class: '智能问答', stage: 'internal', priority: 60, level: 'internal', sensitive: false, audience: 'internal',
    description: '面向工作人员，依据法律法规和本单位文件回答政策问题。', description_en: 'For staff: answers policy questions from laws and the agency’s own documents.',
    collections: [laws, fund], max_question_chars: 500, model,
    examples: ['住房公积金在哪些情形下可以提取？', '单位不给职工缴存公积金怎么处理？', '劳动合同试用期最长多久？', '用人单位解除合同需要支付经济补偿吗？'],
    examples_en: ['When may the housing fund be withdrawn?', 'What if an employer does not pay into the housing fund?', 'How long may a probation period be?', 'Is compensation due when an employer ends a contract?'],
  },
  {
    id: 'policy_interpretation', title: '政策解读（敏感）', title_en: 'Policy interpretation (sensitive)', class: '政策服务', stage: 'internal', priority: 40, level: 'sensitive', sensitive: true, audience: 'internal',
    description: '形成对外口径的解读，须经审核人员通过后发出。', description_en: 'Interpretations meant for outside; released only after a reviewer approves.',
    collections: [laws, fund], max_question_chars: 800, model: deepseek,
    examples: ['职工死亡后公积金账户余额如何处理？', '未签书面劳动合同的双倍工资如何解读？'],
    examples_en: ['What happens to a housing fund balance after death?', 'How is double pay without a written contract to be read?'],
  },
  {
    id: 'citizen_questions', title: '群众咨询', title_en: 'Citizen questions', class: '智能问答', stage: 'public', priority: 80, level: 'public', sensitive: false, audience: 'public',
    description: '群众和企业无需登录即可提问，只依据公开文件作答。', description_en: 'Citizens and companies ask without login; answered from public documents only.',
    collections: [laws, fund], max_question_chars: 200, model,
    examples: ['公积金可以用来租房吗？', '试用期被辞退有补偿吗？', '离职后公积金怎么提取？'],
    examples_en: ['Can I pay rent from my housing fund?', 'Is there compensation when dismissed in probation?', 'How do I withdraw my housing fund after leaving?'],
  },
]
