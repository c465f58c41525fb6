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
    "evidence.CaseOpened.v1": "立案:{number},请求:{claim},期间{since}至{until}",
    "evidence.CaseClosed.v1": "结案:{outcome}",
    "evidence.DocumentFiled.v1": "收入证据材料:{media_type},{length}字节,SHA-256 {sha256},提交人{handed_in_by}",
    "evidence.DossierRequested.v1": "申请出证:对象{recipient},目的:{purpose}",
    "evidence.DossierHandedOver.v1": "移交证据包:对象{recipient},SHA-256 {sha256}",
    "evidence.LegalHoldPlaced.v1": "法律保留:案件{case},保留期间不得删除其个人数据",
    "evidence.LegalHoldLifted.v1": "解除法律保留:案件{case},{reason}",
    "evidence.FieldOpened.v1": "为案件{case}开启密封字段{field}(事件{event}),目的:{purpose}",
}
"""By type: the line, with the names of the event's data where their values belong."""

DISPUTES: dict[str, str] = {
    "TRAINING_AGREEMENT": "培训服务期与违约金争议",
    "POINTS": "积分争议",
    "PAYROLL": "工资联动争议",
    "DISMISSAL": "解除劳动合同争议",
    "OTHER": "其他劳动争议",
}

FIGURES: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "agreements.DamagesAssessed.v1": (
        "违约金",
        (("article", "适用条文"), ("ground", "离职依据"), ("ceiling", "法定上限")),
    ),
    "agreements.DamagesReversed.v1": ("违约金", (("reason", "原因"),)),
    "agreements.CostVerified.v1": ("培训费用", (("voucher", "凭证SHA-256"),)),
    "points.PointsAwarded.v1": ("积分", (("rules", "积分规则版本"), ("rate", "分值"))),
    "points.PointsReversed.v1": ("积分", (("reason", "原因"),)),
    "points.PointsYearAssessed.v1": ("年度积分", (("counted", "计入"),)),
    "payroll-bridge.AdjustmentProposed.v1": ("工资调整", (("reference", "对应"), ("taxable", "应税"))),
    "payroll-bridge.AdjustmentWithdrawn.v1": ("工资调整", (("reason", "原因"),)),
    "payroll-bridge.DamagesDeducted.v1": ("工资扣款", (("limit", "限额"),)),
}
"""By type: the kind of figure that an event states, and the fields that it rests on, with how each is called."""

OPERATION: tuple[tuple[str, str], ...] = (
    ("形成方式", "各业务服务在事件提交时一次性生成规范化字节并签名,随后由账本按到达顺序串链,属日常业务活动中自动形成"),
    ("校验方式", "连续哈希链、RFC 6962 默克尔树、签名检查点;离线校验程序随包附上"),
)

LAWS: tuple[tuple[str, str, str], ...] = (
    ("劳动合同法第22条", "专项培训服务期与违约金", "报告第三节;records/"),
    ("劳动合同法实施条例第16、17、26条", "培训费用范围;服务期与合同期;解除情形", "报告第三节"),
    ("劳动合同法第50条第3款", "合同文本保存二年", "报告第八节"),
    ("电子签名法第5、8条", "原件形式:完整保存、可随时调取;生成、储存、传递方法可靠", "records/、format.md、报告第六节"),
    ("电子签名法第6条", "文件保存:收发件人与时间可识别", "records/*.leaf(actor、time、ingested)、报告第二节"),
    ("电子签名法第13条", "签名可靠性:签名人、身份核验、文件哈希", "报告第四节"),
    ("民事证据规定第93条第1-3项", "系统环境、运行状态、监测核查手段", "报告第五节"),
    ("民事证据规定第93条第4-6项、第94条", "保存主体、正常业务活动、中立第三方", "报告第八节"),
    (
        "在线诉讼规则第16-19条",
        "区块链技术存储数据:上链后一致性、上链前真实性、技术说明",
        "format.md、verifier.py、checkpoint",
    ),
    ("互联网法院审理规定第11条", "完整性与可重复性", "exhibits.json、报告第六节"),
    ("劳动争议调解仲裁法第6、39条", "用人单位掌握的证据;劳动者可自行导出", "说明.txt"),
)
"""What is asked by which article, and where in a dossier the answer lies."""

LIMITS: tuple[str, ...] = (
    "用人单位自建账本并非中立第三方平台;本证据包不主张法律仅赋予他人的推定(如互联网法院、司法区块链或公证的推定效力)。",
    "账本自身只能证明记录入账后未被更改;入账前内容是否真实,以各服务的原始签名、来源记录及对方质证为准。",
    "为本证据包作旁证的第三方仅限第八节所列的见证人与时间戳机构;未列者即没有。",
    "标有“不具证据效力 / not evidential”的证书与时间戳仅供开发测试,不得作为证据提交。",
    "完整性说明截至所列检查点;此后新增的记录不在其中。",
    "The employer's own chain is not neutral. No presumption is claimed that the law gives only to others; who else vouches"
    " (witnesses, time-stamping authorities, a notary) is listed in section 8 of the report, and nobody beyond that.",
)
"""What a dossier does not claim, in its report and beside it."""

CUSTODY_WORDS: dict[str, str] = {
    "filings": "提交材料",
    "openings": "开启密封字段",
    "requests": "申请出证",
    "hand_overs": "移交证据包",
}
