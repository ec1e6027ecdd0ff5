/** The tree of departments. */
import { Empty, Skeleton, Tree } from 'antd'
import { useTranslation } from 'react-i18next'
import { ErrorCard } from '~/components/ErrorCard'
import { type DepartmentNode, departmentTree, useDepartments } from './accounts'

export function Departments() {
  const { t } = useTranslation('accounts')
  const departments = useDepartments()
  if (departments.isPending) return <Skeleton active />
  if (departments.isError) return <ErrorCard error={departments.error} onRetry={() => void departments.refetch()} />
  const regions = new Map(departments.data.map((one) => [one.id, one.region]))
  return (
    <div className="panel panel-pad">
      {departments.data.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('common:empty')} />
      ) : (
        <Tree<DepartmentNode>
          defaultExpandAll
          selectable={false}
          showLine
          treeData={departmentTree(departments.data)}
          titleRender={(node) => (
            <span>
              {node.title} <span className="muted mono">{regions.get(node.key)}</span>
            </span>
          )}
        />
      )}
    </div>
  )
}
