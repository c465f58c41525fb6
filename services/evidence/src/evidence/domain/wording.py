"""How each event is said in one line of Chinese, and how the codes of the contracts are read out."""

WORDS: dict[str, str] = {
    # Grounds of leaving, by article of 劳动合同法
    "ART36_MUTUAL_EMPLOYEE_INITIATED": "协商解除,劳动者提出(第36条)",
    "ART36_MUTUAL_EMPLOYER_INITIATED": "协商解除,用人单位提出(第36条)",
    "ART37_RESIGN_WITH_NOTICE": "提前通知辞职(第37条)",
    "ART37_RESIGN_WITHOUT_NOTICE": "未提前通知辞职(第37条)",
    "ART37_RESIGN_IN_PROBATION": "试用期内辞职(第37条)",
    "ART38_EMPLOYER_FAULT": "用人单位过错,被迫解除(第38条)",
    "ART39_1": "试用期不符合录用条件(第39条第1项)",
    "ART39_2": "严重违反规章制度(第39条第2项)",
    "ART39_3": "严重失职造成重大损害(第39条第3项)",
    "ART39_4": "另建劳动关系拒不改正(第39条第4项)",
    "ART39_5": "欺诈致劳动合同无效(第39条第5项)",
    "ART39_6": "被依法追究刑事责任(第39条第6项)",
    "ART40_1": "医疗期满不能工作(第40条第1项)",
    "ART40_2": "不能胜任工作(第40条第2项)",
    "ART40_3": "客观情况重大变化(第40条第3项)",
    "ART41": "经济性裁员(第41条)",
    "ART44_EMPLOYER_ENDS": "用人单位终止(第44条)",
    "ART48_UNLAWFUL_TERMINATION": "违法解除(第48条)",
    "EXPIRY_EMPLOYEE_REFUSES_EXTENSION": "合同期满,劳动者不续延服务期",
    "EXPIRY_EMPLOYER_ENDS": "合同期满,用人单位不续签",
    "EMPLOYER_ARRANGED_TRANSFER": "用人单位安排调动",
    # Trainings, courses and contributions
    "SPECIAL": "专项技术培训",
    "ONBOARDING": "岗前培训",
    "MANDATORY_SAFETY": "法定安全培训",
    "SPECIAL_TREATMENT": "特殊待遇",
    "SHARING": "知识分享",
    "MENTORING_DONE": "带教完成",
    "TECH_PROJECT": "技术攻关",
    "ONLINE_HOURS": "线上学时",
    "WORKSHOP": "研讨",
    "EXAM_PASSED": "考试通过",
    # Costs and lines of payroll
    "COURSE_FEE": "课程费",
    "COURSE_FEE_SHARE": "团体发票分摊",
    "TRAVEL": "差旅费",
    "OTHER_DIRECT": "其他直接费用",
    "WAGES_DURING_TRAINING": "培训期间工资",
    "TRAINING_SUBSIDY": "培训津贴",
    "EXCELLENCE": "优秀奖励",
    "BONUS_WITHHELD": "绩效奖金扣减",
    "DAMAGES_DEDUCTION": "违约金扣款",
    "POINTS_NOT_MET": "积分未达标",
    # Why a time stamp was asked for
    "PERIODIC": "定期",
    "CASE_OPENED": "立案",
    "EXPORT": "导出卷宗",
    "True": "是",
    "False": "否",
}

LINES: dict[str, str] = {
    "people.EmployeeHired.v1": "入职:工号{number},姓名{name},{department},{post}({rank},{level}),工作地{region}",
    "people.EmployeeTransferred.v1": "调动:到{department},任{post}({rank},{level})",
    "people.EmployeeLeft.v1": "离职:最后工作日{last_day},依据:{ground},凭证{proof}",
    "people.LeavingCorrected.v1": "更正离职:最后工作日{last_day},依据:{ground},原因:{reason}",
    "people.DataKeyCreated.v1": "建立个人数据密钥{key}",
    "people.PastTrainingImported.v1": "导入历史培训:{course}({kind}),{hours}学时,成绩{score}",
    "people.FileRead.v1": "个人档案被查阅,目的:{purpose}",
    "agreements.AgreementDrafted.v1": (
        "起草培训服务期协议:{training_class}{course},约定费用{agreed_cost}元,服务期{service_months}个月"
        "(模板{template}第{template_version}版,制度第{policy}版)"
    ),
    "agreements.CostVerified.v1": "核实培训费用:{kind}{amount}元,发票{invoice_code}-{invoice_number}",
    "agreements.AgreementOffered.v1": "送达协议,{open_until}前可签",
    "agreements.AgreementSigned.v1": "员工签署协议,身份核验:{identified_by},文件哈希{document}",
    "agreements.AgreementSealed.v1": "公司盖章,文件哈希{document}",
    "agreements.AgreementWithdrawn.v1": "撤回协议:{reason}",
    "agreements.AgreementDeclined.v1": "员工拒签协议:{reason}",
    "agreements.AgreementLapsed.v1": "协议逾期未签,截止{open_until}",
    "agreements.ServicePeriodStarted.v1": "服务期开始:{first_day}至{last_day},{months}个月(培训结束于{training_end})",
    "agreements.ServicePeriodEnding.v1": "服务期将于{last_day}届满,已提醒",
    "agreements.ServicePeriodFulfilled.v1": "服务期履行完毕:{last_day}",
    "agreements.DamagesAssessed.v1": (
        "核算违约金:{amount}元(上限{ceiling}元),离职依据:{ground},适用{article},请求时效至{claim_deadline}"
    ),
    "agreements.DamagesReversed.v1": "撤销违约金{amount}元:{reason}",
    "agreements.ClaimExpiring.v1": "违约金请求时效将于{deadline}届满,已提醒",
    "learning.CourseAssigned.v1": "指派课程:{course}(第{course_version}版),应于{due}前完成",
    "learning.CourseStudied.v1": "学习课程:{course},{hours}学时",
    "learning.ExamPassed.v1": "考试通过:{course},第{attempt}次,{score}分(及格{pass_mark}分)",
    "learning.ExamFailed.v1": "考试未通过:{course},第{attempt}次,{score}分(及格{pass_mark}分)",
    "learning.TrainingCompleted.v1": "完成培训:{course}(第{course_version}版),{hours}学时,考试{attempts}次,成绩{score}",
    "learning.TrainingVoided.v1": "撤销培训完成记录:{course},原因:{reason}",
    "learning.TrainingOverdue.v1": "课程逾期:{course},应于{due}前完成",
    "learning.ContributionMade.v1": "贡献:{kind}「{title}」",
    "points.PointsAwarded.v1": "积分+{points}:{kind},{quantity}×{rate}(规则第{rules}版)",
    "points.PointsReversed.v1": "积分撤回{points}:{reason}",
    "points.PointsYearAssessed.v1": (
        "{year}年度积分:{points}分,第{rank}名,优秀{excellent},奖励{bonus},达标{target_met}"
    ),
    "payroll-bridge.WageSet.v1": "工资基数自{first_period}起:月工资{monthly_wage},绩效奖金{performance_bonus}",
    "payroll-bridge.AdjustmentProposed.v1": "拟列入{period}工资:{kind}{amount}元,依据:{basis}",
    "payroll-bridge.AdjustmentWithdrawn.v1": "撤回{period}工资的{kind}:{reason}",
    "payroll-bridge.ConsentGiven.v1": "员工书面同意扣款,上限{amount}元",
    "evidence.RecordsRead.v1": "账本记录被查阅:{what},{found}条",
    "payroll-bridge.DamagesDeducted.v1": "{period}工资扣除违约金{amount}元,尚余{remaining}元({limit})",
    "evidence.CheckpointStamped.v1": (
        "为前{size}条记录的检查点申领可信时间戳({occasion}):{stamped},时间戳机构{authority},策略{policy},具证据效力:{evidential}"
    ),
}
"""By type: the line, with the names of the event's data where their values belong."""
