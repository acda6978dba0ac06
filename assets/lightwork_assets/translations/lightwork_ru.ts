<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru_RU" sourcelanguage="en">
<context>
    <name>sentences</name>
    <message>
        <source>Not contributing.</source>
        <translation>Участие не начато.</translation>
    </message>
    <message>
        <source>Preparing.</source>
        <translation>Подготовка.</translation>
    </message>
    <message>
        <source>Training - round {round}.</source>
        <translation>Обучение: раунд {round}.</translation>
    </message>
    <message>
        <source>Paused.</source>
        <translation>На паузе.</translation>
    </message>
    <message>
        <source>Waiting.</source>
        <translation>Ожидание.</translation>
    </message>
    <message>
        <source>Something went wrong.</source>
        <translation>Что-то пошло не так.</translation>
    </message>
    <message>
        <source>Preparing: connecting to the project.</source>
        <translation>Подготовка: подключение к проекту.</translation>
    </message>
    <message>
        <source>Preparing: downloading the model.</source>
        <translation>Подготовка: загрузка модели.</translation>
    </message>
    <message>
        <source>Preparing: downloading training data.</source>
        <translation>Подготовка: загрузка обучающих данных.</translation>
    </message>
    <message>
        <source>Preparing: loading the model onto the device.</source>
        <translation>Подготовка: модель загружается на устройство.</translation>
    </message>
    <message>
        <source>Waiting: this computer has done its share of round {round}; the round is still open for others.</source>
        <translation>Ожидание: этот компьютер выполнил свою часть раунда {round}; раунд ещё открыт для других.</translation>
    </message>
    <message>
        <source>Waiting: the project does not answer. Next try in {seconds} s; what was trained is kept.</source>
        <translation>Ожидание: проект не отвечает. Следующая попытка через {seconds} с; всё обученное сохранено.</translation>
    </message>
    <message>
        <source>Paused by you.</source>
        <translation>Пауза включена вами.</translation>
    </message>
    <message>
        <source>Paused: this computer runs on battery.</source>
        <translation>Пауза: компьютер работает от батареи.</translation>
    </message>
    <message>
        <source>Paused: the disk is nearly full.</source>
        <translation>Пауза: диск почти заполнен.</translation>
    </message>
    <message>
        <source>Paused: other programs need the memory.</source>
        <translation>Пауза: память нужна другим программам.</translation>
    </message>
    <message>
        <source>Training - round {round}, {seconds} s left.</source>
        <translation>Обучение: раунд {round}, осталось {seconds} с.</translation>
    </message>
    <message>
        <source>Training - round {round}, {minutes} min left.</source>
        <translation>Обучение: раунд {round}, осталось {minutes} мин.</translation>
    </message>
    <message>
        <source>Paused by you, for {minutes} more minutes.</source>
        <translation>Пауза включена вами, осталось {minutes} мин.</translation>
    </message>
    <message>
        <source>The settings file has a mistake. Correct or delete it, then start again.</source>
        <translation>В файле настроек ошибка. Исправьте или удалите его и запустите программу снова.</translation>
    </message>
    <message>
        <source>The keyring that holds your account is locked. Unlock it, then try again.</source>
        <translation>Связка ключей, в которой хранится ваша учётная запись, заблокирована. Разблокируйте её и повторите попытку.</translation>
    </message>
    <message>
        <source>The key of your account cannot be read. Restore it from a backup; nothing was replaced.</source>
        <translation>Ключ вашей учётной записи не читается. Восстановите его из резервной копии; ничего не было заменено.</translation>
    </message>
    <message>
        <source>The local record was damaged. It was set aside, and receipts are fetched again.</source>
        <translation>Локальный журнал был повреждён. Он отложен, квитанции загружаются заново.</translation>
    </message>
    <message>
        <source>The local record was written by a newer Lightwork. Install that version to go on.</source>
        <translation>Локальный журнал записан более новой версией Lightwork. Чтобы продолжить, установите её.</translation>
    </message>
    <message>
        <source>The disk is full. Free some space; training goes on from where it was.</source>
        <translation>Диск заполнен. Освободите место, и обучение продолжится с того же места.</translation>
    </message>
    <message>
        <source>Lightwork is already running for this user.</source>
        <translation>Lightwork уже запущен для этого пользователя.</translation>
    </message>
    <message>
        <source>Lightwork is not running.</source>
        <translation>Lightwork не запущен.</translation>
    </message>
    <message>
        <source>The running Lightwork is newer than this program. Update, or quit it first.</source>
        <translation>Уже запущен более новый Lightwork. Обновите эту программу или сначала завершите его.</translation>
    </message>
    <message>
        <source>Lightwork met a fault of its own. It is tried again; the log says more.</source>
        <translation>Внутренняя ошибка Lightwork. Попытка повторяется; подробности в журнале.</translation>
    </message>
    <message>
        <source>That is not a join link. It looks like lightwork://HOST/PROJECT-ID.</source>
        <translation>Это не ссылка проекта. Она выглядит так: lightwork://HOST/PROJECT-ID.</translation>
    </message>
    <message>
        <source>There is no such project here.</source>
        <translation>Такого проекта здесь нет.</translation>
    </message>
    <message>
        <source>The project&apos;s host does not answer. Check the connection; it is tried again by itself.</source>
        <translation>Сервер проекта не отвечает. Проверьте подключение; попытки повторяются автоматически.</translation>
    </message>
    <message>
        <source>The project needs a newer Lightwork. Update to go on.</source>
        <translation>Проекту нужна более новая версия Lightwork. Обновите программу, чтобы продолжить.</translation>
    </message>
    <message>
        <source>The project&apos;s host sent an answer that makes no sense. It is tried again by itself.</source>
        <translation>Сервер проекта прислал непонятный ответ. Попытки повторяются автоматически.</translation>
    </message>
    <message>
        <source>The project&apos;s host refused this computer.</source>
        <translation>Сервер проекта отказал этому компьютеру.</translation>
    </message>
    <message>
        <source>Sending a contribution takes longer than this project can wait, so nothing counts. Allow a higher upload speed, or choose another project.</source>
        <translation>Отправка вклада длится дольше, чем проект может ждать, поэтому ничего не засчитывается. Разрешите большую скорость отправки или выберите другой проект.</translation>
    </message>
    <message>
        <source>The data allowance is used up. Raise it in the settings, or wait until it begins anew.</source>
        <translation>Лимит трафика исчерпан. Увеличьте его в настройках или подождите, пока он обновится.</translation>
    </message>
    <message>
        <source>The project&apos;s description is not signed by the project. Do not trust this host.</source>
        <translation>Описание проекта не подписано самим проектом. Не доверяйте этому серверу.</translation>
    </message>
    <message>
        <source>The host offers an older description of the project than was seen before. It was refused.</source>
        <translation>Сервер предлагает более старое описание проекта, чем было получено раньше. Оно отклонено.</translation>
    </message>
    <message>
        <source>The project&apos;s description has expired. Its team has to renew it.</source>
        <translation>Срок действия описания проекта истёк. Его должна обновить команда проекта.</translation>
    </message>
    <message>
        <source>The project&apos;s description is not valid. It was refused.</source>
        <translation>Описание проекта некорректно. Оно отклонено.</translation>
    </message>
    <message>
        <source>The host sent a document that the project did not sign. It was refused.</source>
        <translation>Сервер прислал документ без подписи проекта. Документ отклонён.</translation>
    </message>
    <message>
        <source>A downloaded file is not what the project signed. It was deleted.</source>
        <translation>Загруженный файл не совпадает с тем, что подписал проект. Файл удалён.</translation>
    </message>
    <message>
        <source>The project names a file outside its own folder. It was refused.</source>
        <translation>Проект указал файл вне своей папки. Файл отклонён.</translation>
    </message>
    <message>
        <source>The project&apos;s model is of a kind that this version does not know.</source>
        <translation>Эта версия не знает моделей такого типа, как у проекта.</translation>
    </message>
    <message>
        <source>The project&apos;s model wants to run code of its own. Lightwork never does that.</source>
        <translation>Модель проекта требует запуска собственного кода. Lightwork этого никогда не делает.</translation>
    </message>
    <message>
        <source>The project&apos;s weights are damaged or do not fit its model. They were refused.</source>
        <translation>Веса проекта повреждены или не подходят к его модели. Они отклонены.</translation>
    </message>
    <message>
        <source>This computer&apos;s copy of the model differed from the project&apos;s. It is loaded afresh.</source>
        <translation>Копия модели на этом компьютере разошлась с моделью проекта. Она загружается заново.</translation>
    </message>
    <message>
        <source>An update or contribution is damaged. It was refused.</source>
        <translation>Обновление или вклад повреждены. Данные отклонены.</translation>
    </message>
    <message>
        <source>The training runtime is not installed. Run the installer again.</source>
        <translation>Среда обучения не установлена. Запустите установщик ещё раз.</translation>
    </message>
    <message>
        <source>The model does not fit into the memory that training may use on this device.</source>
        <translation>Модель не помещается в память, отведённую обучению на этом устройстве.</translation>
    </message>
    <message>
        <source>The chosen device is not there, or the training runtime cannot use it.</source>
        <translation>Выбранное устройство не найдено или не поддерживается средой обучения.</translation>
    </message>
    <message>
        <source>The device ran out of memory. Training goes on with smaller steps.</source>
        <translation>На устройстве не хватило памяти. Обучение продолжается меньшими шагами.</translation>
    </message>
    <message>
        <source>The training process ended unexpectedly. It is started again from its last checkpoint.</source>
        <translation>Обучение неожиданно прервалось. Оно запускается с последней контрольной точки.</translation>
    </message>
    <message>
        <source>Training went astray on this computer. It starts again from the project&apos;s weights.</source>
        <translation>Обучение на этом компьютере разошлось. Оно начинается заново с весов проекта.</translation>
    </message>
    <message>
        <source>The practice project could not be started.</source>
        <translation>Не удалось запустить учебный проект.</translation>
    </message>
    <message>
        <source>The network port is in use by another program. Choose another one.</source>
        <translation>Сетевой порт занят другой программой. Выберите другой.</translation>
    </message>
    <message>
        <source>The recipe has a mistake.</source>
        <translation>В рецепте ошибка.</translation>
    </message>
    <message>
        <source>There is a project in that folder already.</source>
        <translation>В этой папке уже есть проект.</translation>
    </message>
    <message>
        <source>The project is being hosted by another process already.</source>
        <translation>Этот проект уже обслуживается другим процессом.</translation>
    </message>
    <message>
        <source>The host&apos;s records were written by a newer Lightwork. Install that version to go on.</source>
        <translation>Записи сервера сделаны более новой версией Lightwork. Чтобы продолжить, установите её.</translation>
    </message>
    <message>
        <source>Paused: a game is running.</source>
        <translation>Пауза: запущена игра.</translation>
    </message>
    <message>
        <source>Paused: a program fills the whole screen.</source>
        <translation>Пауза: программа открыта на весь экран.</translation>
    </message>
    <message>
        <source>Paused: another program needs the graphics card.</source>
        <translation>Пауза: видеокарта нужна другой программе.</translation>
    </message>
    <message>
        <source>Paused while you use this computer.</source>
        <translation>Пауза, пока вы работаете за компьютером.</translation>
    </message>
    <message>
        <source>Paused: outside the hours that you chose.</source>
        <translation>Пауза: сейчас не те часы, которые вы выбрали.</translation>
    </message>
    <message>
        <source>Paused: this network is paid by volume.</source>
        <translation>Пауза: трафик в этой сети платный.</translation>
    </message>
    <message>
        <source>Paused: today&apos;s data allowance is used up.</source>
        <translation>Пауза: дневной лимит трафика исчерпан.</translation>
    </message>
    <message>
        <source>Paused: this month&apos;s data allowance is used up.</source>
        <translation>Пауза: месячный лимит трафика исчерпан.</translation>
    </message>
    <message>
        <source>Paused until midnight: today&apos;s data allowance of {amount} GB is used up.</source>
        <translation>Пауза до полуночи: дневной лимит трафика ({amount} ГБ) исчерпан.</translation>
    </message>
    <message>
        <source>Paused until {day}: this month&apos;s data allowance of {amount} GB is used up.</source>
        <translation>Пауза до {day}: месячный лимит трафика ({amount} ГБ) исчерпан.</translation>
    </message>
    <message>
        <source>Paused: other programs need the processor.</source>
        <translation>Пауза: процессор нужен другим программам.</translation>
    </message>
    <message>
        <source>Paused: the device is too hot.</source>
        <translation>Пауза: устройство перегрелось.</translation>
    </message>
    <message>
        <source>Paused: {cause} is running.</source>
        <translation>Пауза: запущена программа {cause}.</translation>
    </message>
    <message>
        <source>Paused: {cause} is running ({source}).</source>
        <translation>Пауза: запущена игра {cause} ({source}).</translation>
    </message>
    <message>
        <source>Paused: {cause} fills the whole screen.</source>
        <translation>Пауза: программа {cause} открыта на весь экран.</translation>
    </message>
    <message>
        <source>Paused: {cause} needs the graphics card.</source>
        <translation>Пауза: видеокарта нужна программе {cause}.</translation>
    </message>
    <message>
        <source>Paused: outside the hours that you chose, until {cause}.</source>
        <translation>Пауза до {cause}: сейчас не те часы, которые вы выбрали.</translation>
    </message>
    <message>
        <source>Paused: the device is too hot ({cause}).</source>
        <translation>Пауза: устройство перегрелось ({cause}).</translation>
    </message>
    <message>
        <source>Paused: all is quiet again. Training resumes in {seconds} s.</source>
        <translation>Пауза: снова тихо. Обучение продолжится через {seconds} с.</translation>
    </message>
    <message>
        <source>{memory} given back in {seconds} s</source>
        <translation>Возвращено {memory} за {seconds} с</translation>
    </message>
    <message>
        <source>Today: {used}</source>
        <translation>Сегодня: {used}</translation>
    </message>
    <message>
        <source>Today: {used} of {cap} GB</source>
        <translation>Сегодня: {used} из {cap} ГБ</translation>
    </message>
    <message>
        <source>This month: {used}</source>
        <translation>Месяц: {used}</translation>
    </message>
    <message>
        <source>This month: {used} of {cap} GB</source>
        <translation>Месяц: {used} из {cap} ГБ</translation>
    </message>
    <message>
        <source>about {expected} by {day}</source>
        <translation>около {expected} к {day}</translation>
    </message>
    <message>
        <source>about {expected} by midnight</source>
        <translation>около {expected} к полуночи</translation>
    </message>
    <message>
        <source>lasts until about {day}</source>
        <translation>хватит до {day}</translation>
    </message>
    <message>
        <source>lasts until about {time}</source>
        <translation>хватит до {time}</translation>
    </message>
    <message>
        <source>begins anew on {day}</source>
        <translation>обновится {day}</translation>
    </message>
    <message>
        <source>begins anew at midnight</source>
        <translation>обновится в полночь</translation>
    </message>
    <message>
        <source>{sense}: not watched, or not fully ({why})</source>
        <translation>{sense}: не отслеживается или не полностью ({why})</translation>
    </message>
    <message>
        <source>Running games</source>
        <translation>Запущенные игры</translation>
    </message>
    <message>
        <source>Steam</source>
        <translation>Steam</translation>
    </message>
    <message>
        <source>GameMode</source>
        <translation>GameMode</translation>
    </message>
    <message>
        <source>Full-screen windows</source>
        <translation>Полноэкранные окна</translation>
    </message>
    <message>
        <source>Keyboard and mouse</source>
        <translation>Клавиатура и мышь</translation>
    </message>
    <message>
        <source>Other programs on the graphics card</source>
        <translation>Другие программы на видеокарте</translation>
    </message>
    <message>
        <source>Battery</source>
        <translation>Аккумулятор</translation>
    </message>
    <message>
        <source>Metered network</source>
        <translation>Платная сеть</translation>
    </message>
    <message>
        <source>Other programs on the processor</source>
        <translation>Другие программы на процессоре</translation>
    </message>
    <message>
        <source>Heat</source>
        <translation>Нагрев</translation>
    </message>
    <message>
        <source>Disk space</source>
        <translation>Место на диске</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Память</translation>
    </message>
    <message>
        <source>Graphics card and driver</source>
        <translation>Видеокарта и драйвер</translation>
    </message>
    <message>
        <source>It came too late: too many rounds had closed since. The work goes into the next contribution.</source>
        <translation>Вклад пришёл слишком поздно: с тех пор закрылось слишком много раундов. Работа войдёт в следующий вклад.</translation>
    </message>
    <message>
        <source>It claims more tokens than were given out.</source>
        <translation>Во вкладе заявлено больше токенов, чем было выдано.</translation>
    </message>
    <message>
        <source>It holds numbers that are not finite.</source>
        <translation>Во вкладе есть числа, которые не являются конечными.</translation>
    </message>
    <message>
        <source>It is far larger than training could make it.</source>
        <translation>Изменения во вкладе намного больше, чем могло дать обучение.</translation>
    </message>
    <message>
        <source>It is larger than the project allows.</source>
        <translation>Вклад больше, чем разрешает проект.</translation>
    </message>
    <message>
        <source>It was damaged on its way. The work is sent again.</source>
        <translation>Вклад повреждён при передаче. Работа отправляется снова.</translation>
    </message>
    <message>
        <source>Paused by you, until this computer restarts.</source>
        <translation>Пауза включена вами до перезагрузки компьютера.</translation>
    </message>
    <message>
        <source>Something on the way changed what was sent.</source>
        <translation>Отправленное изменилось по пути.</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Скорость</translation>
    </message>
    <message>
        <source>That is too much at once. Try again when what is under way has ended.</source>
        <translation>Слишком много сразу. Повторите, когда закончится то, что уже выполняется.</translation>
    </message>
    <message>
        <source>The clock of this computer, or of the host, is wrong.</source>
        <translation>Часы этого компьютера или сервера идут неверно.</translation>
    </message>
    <message>
        <source>The file cannot be written there. Choose another folder.</source>
        <translation>Здесь нельзя записать файл. Выберите другую папку.</translation>
    </message>
    <message>
        <source>The host could not make sense of what was sent.</source>
        <translation>Сервер не смог разобрать отправленное.</translation>
    </message>
    <message>
        <source>The host could not read it.</source>
        <translation>Сервер не смог прочитать вклад.</translation>
    </message>
    <message>
        <source>The host did not know what was sent.</source>
        <translation>Сервер не нашёл того, к чему относится отправленное.</translation>
    </message>
    <message>
        <source>The host does not have this project any more.</source>
        <translation>На сервере больше нет этого проекта.</translation>
    </message>
    <message>
        <source>The host does not know that it gave out this work. It is sent again without it.</source>
        <translation>Сервер не знает, что выдавал это задание. Вклад отправляется снова без него.</translation>
    </message>
    <message>
        <source>The host does not know that round yet. The work goes into the next contribution.</source>
        <translation>Сервер ещё не знает этого раунда. Работа войдёт в следующий вклад.</translation>
    </message>
    <message>
        <source>The host does not know this account.</source>
        <translation>Сервер не знает этой учётной записи.</translation>
    </message>
    <message>
        <source>The host found no signature on what was sent.</source>
        <translation>Сервер не нашёл подписи под отправленным.</translation>
    </message>
    <message>
        <source>The host found that the signature does not fit what was sent.</source>
        <translation>По данным сервера, подпись не соответствует отправленному.</translation>
    </message>
    <message>
        <source>The host had a fault of its own.</source>
        <translation>На сервере произошла внутренняя ошибка.</translation>
    </message>
    <message>
        <source>The host had received the same before.</source>
        <translation>Сервер уже получал то же самое.</translation>
    </message>
    <message>
        <source>The host speaks another version of the protocol.</source>
        <translation>Сервер использует другую версию протокола.</translation>
    </message>
    <message>
        <source>The host was too busy.</source>
        <translation>Сервер был перегружен.</translation>
    </message>
    <message>
        <source>The model is on this computer only while it contributes. Press Contribute first.</source>
        <translation>Модель есть на этом компьютере, только пока он участвует. Сначала нажмите «Участвовать».</translation>
    </message>
    <message>
        <source>The project has shut out this account.</source>
        <translation>Проект заблокировал эту учётную запись.</translation>
    </message>
    <message>
        <source>The time for this work was over. It is sent again without it.</source>
        <translation>Время на это задание истекло. Вклад отправляется снова без него.</translation>
    </message>
    <message>
        <source>The upload went astray. The work is sent again.</source>
        <translation>Отправка сбилась. Работа отправляется снова.</translation>
    </message>
    <message>
        <source>The version that it builds on is too old.</source>
        <translation>Вклад основан на слишком старой версии модели.</translation>
    </message>
    <message>
        <source>There is no receipt for that here. The project owes it still, or has judged otherwise.</source>
        <translation>Квитанции на этот вклад здесь нет. Проект её ещё не прислал или принял другое решение.</translation>
    </message>
    <message>
        <source>This desktop did not accept the change. Nothing was changed.</source>
        <translation>Система не приняла изменение. Ничего не изменено.</translation>
    </message>
    <message>
        <source>This round has a contribution of yours already. The work goes into the next one.</source>
        <translation>В этом раунде уже есть ваш вклад. Работа войдёт в следующий.</translation>
    </message>
    <message>
        <source>This work was counted already.</source>
        <translation>Эта работа уже засчитана.</translation>
    </message>
    <message>
        <source>Training runtime</source>
        <translation>Среда обучения</translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>... but still pause for games</source>
        <translation>…но для игр делать паузу</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Учётная запись</translation>
    </message>
    <message>
        <source>Also pause for these programs</source>
        <translation>Пауза и для этих программ</translation>
    </message>
    <message>
        <source>Assumed power</source>
        <translation>Предполагаемая мощность</translation>
    </message>
    <message>
        <source>CO2 of electricity</source>
        <translation>CO₂ от электричества</translation>
    </message>
    <message>
        <source>Clicking a lightwork:// link anywhere on this computer opens it here.</source>
        <translation>Ссылки lightwork:// по щелчку в любой программе открываются здесь.</translation>
    </message>
    <message>
        <source>Closing the window leaves the icon in the tray. Training goes on in either case.</source>
        <translation>После закрытия окна значок остаётся в области уведомлений. Обучение продолжается в любом случае.</translation>
    </message>
    <message>
        <source>Compute less, so that the computer stays cool and silent: half of the time, and a cooler device.</source>
        <translation>Вычислять меньше, чтобы компьютер был прохладным и тихим: половина времени и меньше нагрева.</translation>
    </message>
    <message>
        <source>Compute less, so that the device draws no more than this.</source>
        <translation>Вычислять меньше, чтобы устройство потребляло не больше этого.</translation>
    </message>
    <message>
        <source>Compute less, so that the device stays below this heat.</source>
        <translation>Вычислять меньше, чтобы устройство не нагревалось до этой температуры.</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>Вычисления</translation>
    </message>
    <message>
        <source>Currency</source>
        <translation>Валюта</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Устройство</translation>
    </message>
    <message>
        <source>GB</source>
        <translation>ГБ</translation>
    </message>
    <message>
        <source>General</source>
        <translation>Общие</translation>
    </message>
    <message>
        <source>Go on after a restart</source>
        <translation>Продолжать после перезапуска</translation>
    </message>
    <message>
        <source>Grams of CO2 for one kWh of your electricity.</source>
        <translation>Граммы CO₂ на один кВт·ч вашего электричества.</translation>
    </message>
    <message>
        <source>Hours</source>
        <translation>Часы</translation>
    </message>
    <message>
        <source>How long every reason to pause must have been gone before training resumes.</source>
        <translation>Сколько времени не должно быть причин для паузы, прежде чем обучение продолжится.</translation>
    </message>
    <message>
        <source>How long to wait for a project&apos;s host to answer before trying again later.</source>
        <translation>Сколько ждать ответа сервера проекта, прежде чем повторить попытку позже.</translation>
    </message>
    <message>
        <source>How many threads train, where the processor does. By itself, Lightwork takes half of the cores.</source>
        <translation>Сколько потоков обучают, если обучает процессор. Сам Lightwork занимает половину ядер.</translation>
    </message>
    <message>
        <source>How much of the device&apos;s memory training may use.</source>
        <translation>Какую часть памяти устройства может занять обучение.</translation>
    </message>
    <message>
        <source>In how much of the time the device computes.</source>
        <translation>Какую часть времени устройство вычисляет.</translation>
    </message>
    <message>
        <source>Keep the device below</source>
        <translation>Держать температуру ниже</translation>
    </message>
    <message>
        <source>Keep the icon when the window is closed</source>
        <translation>Оставлять значок после закрытия окна</translation>
    </message>
    <message>
        <source>Keep the model in memory for short pauses</source>
        <translation>Держать модель в памяти при коротких паузах</translation>
    </message>
    <message>
        <source>Let other graphics cards go on</source>
        <translation>Не останавливать другие видеокарты</translation>
    </message>
    <message>
        <source>Let other programs go first</source>
        <translation>Пропускать другие программы вперёд</translation>
    </message>
    <message>
        <source>Most power</source>
        <translation>Предел мощности</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Сеть</translation>
    </message>
    <message>
        <source>Never pause for these programs</source>
        <translation>Без паузы для этих программ</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Уведомления</translation>
    </message>
    <message>
        <source>Open project links</source>
        <translation>Открывать ссылки проектов</translation>
    </message>
    <message>
        <source>Patience with the host</source>
        <translation>Ожидание ответа сервера</translation>
    </message>
    <message>
        <source>Most upload speed</source>
        <translation>Предел скорости отправки</translation>
    </message>
    <message>
        <source>Send no faster than this, so that the line stays free for you.</source>
        <translation>Отправлять не быстрее, чтобы канал оставался свободным для вас.</translation>
    </message>
    <message>
        <source>Most download speed</source>
        <translation>Предел скорости загрузки</translation>
    </message>
    <message>
        <source>Receive no faster than this.</source>
        <translation>Получать не быстрее.</translation>
    </message>
    <message>
        <source>Hours of the speed limits</source>
        <translation>Часы ограничения скорости</translation>
    </message>
    <message>
        <source>When the two limits above hold. At other hours Lightwork uses all the speed that there is.</source>
        <translation>Когда действуют оба ограничения выше. В остальные часы Lightwork использует всю доступную скорость.</translation>
    </message>
    <message>
        <source>Data allowance per month</source>
        <translation>Лимит трафика на месяц</translation>
    </message>
    <message>
        <source>Pause for the rest of the month when so much was sent and received.</source>
        <translation>Пауза до конца месяца, когда отправлено и получено столько данных.</translation>
    </message>
    <message>
        <source>The month begins on day</source>
        <translation>Месяц начинается с числа</translation>
    </message>
    <message>
        <source>The day on which your internet contract counts anew.</source>
        <translation>День, с которого оператор связи считает трафик заново.</translation>
    </message>
    <message>
        <source>Data allowance per day</source>
        <translation>Лимит трафика на день</translation>
    </message>
    <message>
        <source>Pause for the rest of the day when so much was sent and received.</source>
        <translation>Пауза до конца дня, когда отправлено и получено столько данных.</translation>
    </message>
    <message>
        <source>kB/s</source>
        <translation>кБ/с</translation>
    </message>
    <message>
        <source>Pause for full-screen programs</source>
        <translation>Пауза для полноэкранных программ</translation>
    </message>
    <message>
        <source>Pause for games</source>
        <translation>Пауза для игр</translation>
    </message>
    <message>
        <source>Pause on a metered network</source>
        <translation>Пауза в платной сети</translation>
    </message>
    <message>
        <source>Pause on battery</source>
        <translation>Пауза при работе от батареи</translation>
    </message>
    <message>
        <source>Pause when memory runs short</source>
        <translation>Пауза при нехватке памяти</translation>
    </message>
    <message>
        <source>Pause when others need the graphics card</source>
        <translation>Пауза, когда видеокарта нужна другим</translation>
    </message>
    <message>
        <source>Pause when others need the processor</source>
        <translation>Пауза, когда процессор нужен другим</translation>
    </message>
    <message>
        <source>Pause when the disk is nearly full</source>
        <translation>Пауза, когда диск почти заполнен</translation>
    </message>
    <message>
        <source>Pause when too hot</source>
        <translation>Пауза при перегреве</translation>
    </message>
    <message>
        <source>Pause while I use the computer</source>
        <translation>Пауза, пока я за компьютером</translation>
    </message>
    <message>
        <source>Pause while a game runs: from Steam and other launchers, by GameMode, and the programs named below.</source>
        <translation>Пауза, пока запущена игра: из Steam и других программ запуска, по GameMode, а также программы, указанные ниже.</translation>
    </message>
    <message>
        <source>Pause while a window fills a whole screen, such as a film or a presentation.</source>
        <translation>Пауза, пока окно занимает весь экран, например фильм или презентация.</translation>
    </message>
    <message>
        <source>Pause while less memory than this is left for other programs.</source>
        <translation>Пауза, пока другим программам остаётся меньше памяти, чем указано.</translation>
    </message>
    <message>
        <source>Pause while less than this is free on the disk that holds Lightwork&apos;s files.</source>
        <translation>Пауза, пока на диске с файлами Lightwork свободно меньше этого.</translation>
    </message>
    <message>
        <source>Pause while other programs use more than this share of the processor.</source>
        <translation>Пауза, пока другие программы занимают больше этой доли процессора.</translation>
    </message>
    <message>
        <source>Pause while others use more than this share of the graphics card, or most of its memory.</source>
        <translation>Пауза, пока другие программы занимают больше этой доли видеокарты или большую часть её памяти.</translation>
    </message>
    <message>
        <source>Pause while the computer runs on its battery.</source>
        <translation>Пауза, пока компьютер работает от батареи.</translation>
    </message>
    <message>
        <source>Pause while the device is hotter than this.</source>
        <translation>Пауза, пока устройство горячее этого.</translation>
    </message>
    <message>
        <source>Pause while the network is paid by volume, such as a phone&apos;s hotspot.</source>
        <translation>Пауза, пока трафик в сети платный, например при раздаче с телефона.</translation>
    </message>
    <message>
        <source>Price of electricity</source>
        <translation>Цена электричества</translation>
    </message>
    <message>
        <source>Privacy and safety</source>
        <translation>Приватность и защита</translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation>Потоки процессора</translation>
    </message>
    <message>
        <source>Programs that are no games although they look like some.</source>
        <translation>Программы, которые похожи на игры, но ими не являются.</translation>
    </message>
    <message>
        <source>Programs that count as games, such as blender or davinci-resolve.</source>
        <translation>Программы, которые считаются играми, например blender или davinci-resolve.</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>Проект</translation>
    </message>
    <message>
        <source>Quiet mode</source>
        <translation>Тихий режим</translation>
    </message>
    <message>
        <source>Run always</source>
        <translation>Работать всегда</translation>
    </message>
    <message>
        <source>Share of memory</source>
        <translation>Доля памяти</translation>
    </message>
    <message>
        <source>Share of the time</source>
        <translation>Доля времени</translation>
    </message>
    <message>
        <source>Start Lightwork, in the tray, when you log in.</source>
        <translation>При входе в систему запускать Lightwork в области уведомлений.</translation>
    </message>
    <message>
        <source>Start with the computer</source>
        <translation>Запускать вместе с компьютером</translation>
    </message>
    <message>
        <source>Tell you, rarely, when something needs you or when your first credit has arrived.</source>
        <translation>Изредка сообщать, когда нужна ваша помощь или пришёл первый кредит.</translation>
    </message>
    <message>
        <source>The currency of that price.</source>
        <translation>Валюта этой цены.</translation>
    </message>
    <message>
        <source>Train only when keyboard and mouse have been still for so long.</source>
        <translation>Обучать, только если клавиатурой и мышью не пользовались столько времени.</translation>
    </message>
    <message>
        <source>Train whatever the rules below say. Too little disk or memory, too much heat, and a used-up data allowance still pause.</source>
        <translation>Обучать, что бы ни говорили правила ниже. Нехватка диска или памяти, перегрев и исчерпанный лимит трафика всё равно включают паузу.</translation>
    </message>
    <message>
        <source>Training runs at the lowest priority, so that it yields the processor to everything else.</source>
        <translation>Обучение идёт с самым низким приоритетом и уступает процессор всему остальному.</translation>
    </message>
    <message>
        <source>Training then resumes at once. A game, or a lack of memory, always gets all memory back.</source>
        <translation>Тогда обучение продолжается сразу. Для игры и при нехватке памяти вся память всегда возвращается.</translation>
    </message>
    <message>
        <source>W</source>
        <translation>Вт</translation>
    </message>
    <message>
        <source>Wait before resuming</source>
        <translation>Ждать перед продолжением</translation>
    </message>
    <message>
        <source>What one kWh costs you.</source>
        <translation>Сколько вам стоит один кВт·ч.</translation>
    </message>
    <message>
        <source>What the device draws while it trains, for devices that do not tell.</source>
        <translation>Сколько потребляет устройство при обучении, если само не сообщает.</translation>
    </message>
    <message>
        <source>What this computer works for.</source>
        <translation>На что работает этот компьютер.</translation>
    </message>
    <message>
        <source>When Lightwork starts and was contributing before, it goes on by itself.</source>
        <translation>Если до закрытия Lightwork участвовал, после запуска он продолжит сам.</translation>
    </message>
    <message>
        <source>When to pause</source>
        <translation>Паузы</translation>
    </message>
    <message>
        <source>When training is allowed.</source>
        <translation>Когда разрешено обучение.</translation>
    </message>
    <message>
        <source>Which device trains. By itself, Lightwork takes the fastest that fits.</source>
        <translation>На каком устройстве обучать. Сам Lightwork выбирает самое быстрое из подходящих.</translation>
    </message>
    <message>
        <source>While a game uses one graphics card, train on another one.</source>
        <translation>Пока игра занимает одну видеокарту, обучать на другой.</translation>
    </message>
    <message>
        <source>With "Run always": still give way to games, full-screen programs and others that need the graphics card.</source>
        <translation>При «Работать всегда»: всё же уступать играм, полноэкранным программам и тем, кому нужна видеокарта.</translation>
    </message>
    <message>
        <source>at once</source>
        <translation>сразу</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>автоматически</translation>
    </message>
    <message>
        <source>g</source>
        <translation>г</translation>
    </message>
    <message>
        <source>min</source>
        <translation>мин</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>без предела</translation>
    </message>
    <message>
        <source>not shown</source>
        <translation>скрыто</translation>
    </message>
    <message>
        <source>off</source>
        <translation>выключено</translation>
    </message>
    <message>
        <source>s</source>
        <translation>с</translation>
    </message>
    <message>
        <source>°C</source>
        <translation>°C</translation>
    </message>
</context>
<context>
    <name>window</name>
    <message>
        <source>Join a project</source>
        <translation>Присоединиться к проекту</translation>
    </message>
    <message>
        <source>Join</source>
        <translation>Присоединиться</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Project link</source>
        <translation>Ссылка проекта</translation>
    </message>
    <message>
        <source>Asking the project…</source>
        <translation>Запрашиваем описание проекта…</translation>
    </message>
    <message>
        <source>Contribute</source>
        <translation>Участвовать</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Запуск</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>На паузе</translation>
    </message>
    <message>
        <source>Starting Lightwork.</source>
        <translation>Lightwork запускается.</translation>
    </message>
    <message>
        <source>Lightwork&apos;s background process ended. It is being started again.</source>
        <translation>Фоновый процесс Lightwork завершился. Он запускается снова.</translation>
    </message>
    <message>
        <source>Your receipts and the last checkpoint are safe.</source>
        <translation>Ваши квитанции и последняя контрольная точка сохранены.</translation>
    </message>
    <message>
        <source>Contribute starts with the practice project. To train with others, join a project.</source>
        <translation>«Участвовать» запустит учебный проект. Чтобы обучать вместе с другими, присоединитесь к проекту.</translation>
    </message>
    <message>
        <source>Rounds done: {done} of {wanted}.</source>
        <translation>Пройдено раундов: {done} из {wanted}.</translation>
    </message>
    <message>
        <source>Its background process did not start. Next try in {seconds} s.</source>
        <translation>Фоновый процесс не запустился. Следующая попытка через {seconds} с.</translation>
    </message>
    <message>
        <source>Lend this computer&apos;s idle power to {project}.</source>
        <translation>Свободная мощность этого компьютера пойдёт проекту «{project}».</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>Проект</translation>
    </message>
    <message>
        <source>Practice</source>
        <translation>Учебный</translation>
    </message>
    <message>
        <source>Held-out loss: {first} in round {start}, {last} in round {end}.</source>
        <translation>Потери на контрольной выборке: {first} в раунде {start}, {last} в раунде {end}.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Этот компьютер</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Память</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Сеть</translation>
    </message>
    <message>
        <source>Credits</source>
        <translation>Кредиты</translation>
    </message>
    <message>
        <source>Held-out loss</source>
        <translation>Потери (контроль)</translation>
    </message>
    <message>
        <source>Round</source>
        <translation>Раунд</translation>
    </message>
    <message>
        <source>Online</source>
        <translation>В сети</translation>
    </message>
    <message>
        <source>No project yet</source>
        <translation>Проект ещё не выбран</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Загрузка</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>Мощность</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Температура</translation>
    </message>
    <message>
        <source>Tokens/s</source>
        <translation>Токенов/с</translation>
    </message>
    <message>
        <source>Uploaded today</source>
        <translation>Отправлено сегодня</translation>
    </message>
    <message>
        <source>Data allowance</source>
        <translation>Лимит трафика</translation>
    </message>
    <message>
        <source>limited to {speeds}</source>
        <translation>не быстрее {speeds}</translation>
    </message>
    <message>
        <source>↑ {speed}</source>
        <translation>↑ {speed}</translation>
    </message>
    <message>
        <source>↓ {speed}</source>
        <translation>↓ {speed}</translation>
    </message>
    <message>
        <source>Downloaded today</source>
        <translation>Получено сегодня</translation>
    </message>
    <message>
        <source>Upload</source>
        <translation>Отправка</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Получение</translation>
    </message>
    <message>
        <source>not reported</source>
        <translation>нет данных</translation>
    </message>
    <message>
        <source>Verified</source>
        <translation>Подтверждено</translation>
    </message>
    <message>
        <source>Pending</source>
        <translation>На проверке</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>Отклонено</translation>
    </message>
    <message>
        <source>{amount} today</source>
        <translation>{amount} за сегодня</translation>
    </message>
    <message>
        <source>Memory: {used} of {total}</source>
        <translation>Память: {used} из {total}</translation>
    </message>
    <message>
        <source>Memory: {total}</source>
        <translation>Память: {total}</translation>
    </message>
    <message>
        <source>training: {size}</source>
        <translation>обучение: {size}</translation>
    </message>
    <message>
        <source>{number} W</source>
        <translation>{number} Вт</translation>
    </message>
    <message>
        <source>{number} °C</source>
        <translation>{number} °C</translation>
    </message>
    <message>
        <source>{name}: {value}</source>
        <translation>{name}: {value}</translation>
    </message>
    <message>
        <source>Pause for &amp;1 hour</source>
        <translation>Пауза на &amp;1 час</translation>
    </message>
    <message>
        <source>Pause for &amp;3 hours</source>
        <translation>Пауза на &amp;3 часа</translation>
    </message>
    <message>
        <source>Pause for</source>
        <translation>Пауза на время</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Остановить</translation>
    </message>
    <message>
        <source>Stop contributing. What was trained is kept.</source>
        <translation>Прекратить участие. Всё, что уже обучено, сохранится.</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Ход выполнения</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} из {total}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>осталось {time}</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Скрыть</translation>
    </message>
    <message>
        <source>{number} B</source>
        <translation>{number} Б</translation>
    </message>
    <message>
        <source>{number} kB</source>
        <translation>{number} кБ</translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation>{number} МБ</translation>
    </message>
    <message>
        <source>{number} GB</source>
        <translation>{number} ГБ</translation>
    </message>
    <message>
        <source>{number} TB</source>
        <translation>{number} ТБ</translation>
    </message>
    <message>
        <source>{size}/s</source>
        <translation>{size}/с</translation>
    </message>
    <message>
        <source>{number} %</source>
        <translation>{number} %</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} ч {minutes} мин</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} с</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} мин</translation>
    </message>
    <message>
        <source>under {number}</source>
        <translation>менее {number}</translation>
    </message>
    <message>
        <source>&amp;Open Lightwork</source>
        <translation>&amp;Открыть Lightwork</translation>
    </message>
    <message>
        <source>&amp;Quit and stop training</source>
        <translation>&amp;Выйти и остановить обучение</translation>
    </message>
    <message>
        <source>Join a project…</source>
        <translation>Присоединиться к проекту…</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Ещё</translation>
    </message>
    <message>
        <source>Close &amp;window</source>
        <translation>&amp;Закрыть окно</translation>
    </message>
    <message>
        <source>Closing this window does not stop training.</source>
        <translation>Если закрыть это окно, обучение не прервётся.</translation>
    </message>
    <message>
        <source>Training goes on by itself then.</source>
        <translation>После этого обучение продолжится само.</translation>
    </message>
    <message>
        <source>computing {share} of the time</source>
        <translation>работа {share} времени</translation>
    </message>
    <message>
        <source>today {number} kWh</source>
        <translation>сегодня {number} кВт·ч</translation>
    </message>
    <message>
        <source>{number} kg CO₂</source>
        <translation>{number} кг CO₂</translation>
    </message>
    <message>
        <source>at this rate {money} a day</source>
        <translation>≈ {money} в день</translation>
    </message>
    <message>
        <source>at this rate {number} kWh a day</source>
        <translation>≈ {number} кВт·ч в день</translation>
    </message>
    <message>
        <source>&amp;1 hour</source>
        <translation>&amp;1 час</translation>
    </message>
    <message>
        <source>&amp;3 hours</source>
        <translation>&amp;3 часа</translation>
    </message>
    <message>
        <source>&amp;Contributions…</source>
        <translation>&amp;Вклады…</translation>
    </message>
    <message>
        <source>&amp;Copy digest</source>
        <translation>&amp;Копировать хеш</translation>
    </message>
    <message>
        <source>&amp;History by day…</source>
        <translation>&amp;История по дням…</translation>
    </message>
    <message>
        <source>&amp;History by month…</source>
        <translation>&amp;История по месяцам…</translation>
    </message>
    <message>
        <source>&amp;History by week…</source>
        <translation>&amp;История по неделям…</translation>
    </message>
    <message>
        <source>&amp;Join a project…</source>
        <translation>&amp;Присоединиться к проекту…</translation>
    </message>
    <message>
        <source>&amp;Receipts…</source>
        <translation>&amp;Квитанции…</translation>
    </message>
    <message>
        <source>&amp;Sort by</source>
        <translation>&amp;Сортировка</translation>
    </message>
    <message>
        <source>&amp;Verify receipt</source>
        <translation>&amp;Проверить квитанцию</translation>
    </message>
    <message>
        <source>&amp;Your text, for the model to go on with:</source>
        <translation>&amp;Ваш текст, который продолжит модель:</translation>
    </message>
    <message>
        <source>A project runs no code here. You choose which one your computer works for.</source>
        <translation>Проект не запускает здесь никакого кода. Вы сами выбираете, на какой проект работает ваш компьютер.</translation>
    </message>
    <message>
        <source>A project&apos;s team gives out its link. It names the host and the project&apos;s key, so nobody else can pose as the project.</source>
        <translation>Ссылку даёт команда проекта. В ней указаны сервер и ключ проекта, поэтому никто другой не сможет выдать себя за проект.</translation>
    </message>
    <message>
        <source>A project&apos;s team gives out its link. Paste it here, and see what it is first.</source>
        <translation>Ссылку даёт команда проекта. Вставьте её сюда и сначала посмотрите, что это за проект.</translation>
    </message>
    <message>
        <source>A round takes</source>
        <translation>Длительность раунда</translation>
    </message>
    <message>
        <source>A small model that learns on this computer alone. A good way to see how everything works.</source>
        <translation>Небольшая модель, которая учится только на этом компьютере. Хороший способ увидеть, как всё работает.</translation>
    </message>
    <message>
        <source>A small model that only this computer trains, to see how it works. It needs no network.</source>
        <translation>Небольшая модель, которую обучает только этот компьютер, чтобы увидеть, как всё работает. Сеть не нужна.</translation>
    </message>
    <message>
        <source>About the project</source>
        <translation>О проекте</translation>
    </message>
    <message>
        <source>About {amount} credits a day on an otherwise idle computer.</source>
        <translation>Кредитов в день: около {amount}, если компьютер больше ничем не занят.</translation>
    </message>
    <message>
        <source>About {time} left. Nothing is sent anywhere, and you need not wait.</source>
        <translation>Осталось около {time}. Никуда ничего не отправляется, ждать не обязательно.</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Учётная запись</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Добавить</translation>
    </message>
    <message>
        <source>Add a running program…</source>
        <translation>Добавить запущенную программу…</translation>
    </message>
    <message>
        <source>All defaults restored.</source>
        <translation>Все настройки возвращены к исходным.</translation>
    </message>
    <message>
        <source>All projects</source>
        <translation>Все проекты</translation>
    </message>
    <message>
        <source>All that Lightwork looks at in order to pause: games, windows, battery, heat. Nothing is reported to whoever made Lightwork.</source>
        <translation>Всё, за чем Lightwork следит, чтобы вовремя встать на паузу: игры, окна, аккумулятор, нагрев. Создателям Lightwork ничего не сообщается.</translation>
    </message>
    <message>
        <source>All verdicts</source>
        <translation>Все решения</translation>
    </message>
    <message>
        <source>Allow more memory</source>
        <translation>Дать больше памяти</translation>
    </message>
    <message>
        <source>Asking the project what it is…</source>
        <translation>Запрашиваем описание проекта…</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Автоматически</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Назад</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Средний</translation>
    </message>
    <message>
        <source>Being tried out…</source>
        <translation>Проверяется…</translation>
    </message>
    <message>
        <source>By this key projects know this computer, and credit it.</source>
        <translation>По этому ключу проекты узнают этот компьютер и начисляют ему кредиты.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Отменено.</translation>
    </message>
    <message>
        <source>Careful</source>
        <translation>Осторожный</translation>
    </message>
    <message>
        <source>Change this rule</source>
        <translation>Изменить это правило</translation>
    </message>
    <message>
        <source>Check the project</source>
        <translation>Проверить проект</translation>
    </message>
    <message>
        <source>Checking the signature…</source>
        <translation>Проверяем подпись…</translation>
    </message>
    <message>
        <source>Choose a device</source>
        <translation>Выбрать устройство</translation>
    </message>
    <message>
        <source>Choose a project…</source>
        <translation>Выбрать проект…</translation>
    </message>
    <message>
        <source>Choose another project</source>
        <translation>Выбрать другой проект</translation>
    </message>
    <message>
        <source>Change the upload speed</source>
        <translation>Изменить скорость отправки</translation>
    </message>
    <message>
        <source>Change the allowance</source>
        <translation>Изменить лимит</translation>
    </message>
    <message>
        <source>Choose it</source>
        <translation>Выбрать</translation>
    </message>
    <message>
        <source>Chosen</source>
        <translation>Выбран</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
    <message>
        <source>Closing the window does not stop training. The icon opens it again, and its menu pauses or quits.</source>
        <translation>Если закрыть окно, обучение не прервётся. Значок откроет окно снова, а в его меню есть пауза и выход.</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Contribute to it</source>
        <translation>Участвовать</translation>
    </message>
    <message>
        <source>Contribute to this</source>
        <translation>Участвовать</translation>
    </message>
    <message>
        <source>Contributing</source>
        <translation>Вы участвуете</translation>
    </message>
    <message>
        <source>Contributing begins. Run it again once the model is loaded.</source>
        <translation>Участие начинается. Запустите ещё раз, когда модель загрузится.</translation>
    </message>
    <message>
        <source>Contribution and receipt</source>
        <translation>Вклад и квитанция</translation>
    </message>
    <message>
        <source>Contributions</source>
        <translation>Вклады</translation>
    </message>
    <message>
        <source>Contributions are listed here once sent.</source>
        <translation>Здесь появятся отправленные вклады.</translation>
    </message>
    <message>
        <source>Contributions: {number}</source>
        <translation>Вкладов: {number}</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Скопировано</translation>
    </message>
    <message>
        <source>Copied: {command}</source>
        <translation>Скопировано: {command}</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Копировать</translation>
    </message>
    <message>
        <source>Copy document</source>
        <translation>Копировать документ</translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation>Копировать команду</translation>
    </message>
    <message>
        <source>Copy the public key</source>
        <translation>Копировать открытый ключ</translation>
    </message>
    <message>
        <source>Could not be tried out now.</source>
        <translation>Сейчас проверить не удалось.</translation>
    </message>
    <message>
        <source>Credits today: {amount}</source>
        <translation>Кредитов сегодня: {amount}</translation>
    </message>
    <message>
        <source>Cut off here: it became too long.</source>
        <translation>Здесь обрезано: текст стал слишком длинным.</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>День</translation>
    </message>
    <message>
        <source>Digest</source>
        <translation>Хеш</translation>
    </message>
    <message>
        <source>Disk, at most</source>
        <translation>Диск, не более</translation>
    </message>
    <message>
        <source>Does it fit?</source>
        <translation>Хватит ли памяти?</translation>
    </message>
    <message>
        <source>Does not fit</source>
        <translation>Не помещается</translation>
    </message>
    <message>
        <source>Download each round</source>
        <translation>Загрузка за раунд</translation>
    </message>
    <message>
        <source>Download first</source>
        <translation>Загрузка в начале</translation>
    </message>
    <message>
        <source>Downloaded</source>
        <translation>Получено</translation>
    </message>
    <message>
        <source>Energy</source>
        <translation>Энергия</translation>
    </message>
    <message>
        <source>Every hour</source>
        <translation>Круглосуточно</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Экспорт</translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation>Экспорт в CSV</translation>
    </message>
    <message>
        <source>Fingerprint of the project&apos;s key: {key}</source>
        <translation>Отпечаток ключа проекта: {key}</translation>
    </message>
    <message>
        <source>First run</source>
        <translation>Первый запуск</translation>
    </message>
    <message>
        <source>Fits</source>
        <translation>Помещается</translation>
    </message>
    <message>
        <source>From round {round}: {tokens} tokens in {seconds} s.</source>
        <translation>Модель раунда {round}; токенов: {tokens} за {seconds} с.</translation>
    </message>
    <message>
        <source>Have a look</source>
        <translation>Посмотреть</translation>
    </message>
    <message>
        <source>Hide the week</source>
        <translation>Скрыть неделю</translation>
    </message>
    <message>
        <source>History</source>
        <translation>История</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>Главная</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>How fast it trains could not be found out now.</source>
        <translation>Скорость обучения сейчас узнать не удалось.</translation>
    </message>
    <message>
        <source>I have a link to a project</source>
        <translation>У меня есть ссылка проекта</translation>
    </message>
    <message>
        <source>It did not come to an answer.</source>
        <translation>До ответа дело не дошло.</translation>
    </message>
    <message>
        <source>It fits no device of this computer: you can join, but not train it here.</source>
        <translation>Модель не помещается ни на одно устройство этого компьютера: присоединиться можно, но обучать её здесь не получится.</translation>
    </message>
    <message>
        <source>It is encrypted, in this system&apos;s keyring. There is no copy elsewhere: without it you would begin again with a new account.</source>
        <translation>Он хранится зашифрованным в связке ключей этой системы. Других копий нет: без него пришлось бы начать заново с новой учётной записью.</translation>
    </message>
    <message>
        <source>It is not encrypted: this system offered no keyring, so the key lies in a file in Lightwork&apos;s folder. Only your user account may read that file; whoever can read it can act as this account.</source>
        <translation>Он не зашифрован: в этой системе нет связки ключей, поэтому ключ лежит в файле в папке Lightwork. Читать этот файл может только ваш пользователь; кто его прочтёт, сможет действовать от имени этой учётной записи.</translation>
    </message>
    <message>
        <source>It pauses for games and whenever you need the computer, and gives all memory back.</source>
        <translation>На время игр и когда компьютер нужен вам, обучение встаёт на паузу и отдаёт всю память.</translation>
    </message>
    <message>
        <source>Its description expires soon, on {date}. Its team has to renew it by then.</source>
        <translation>Срок действия описания скоро истечёт: {date}. До этого его должна обновить команда проекта.</translation>
    </message>
    <message>
        <source>Its description has expired. Its team has to renew it before anybody can train.</source>
        <translation>Срок действия описания истёк. Пока команда проекта не обновит его, обучать никто не сможет.</translation>
    </message>
    <message>
        <source>Its host does not answer just now.</source>
        <translation>Сервер проекта сейчас не отвечает.</translation>
    </message>
    <message>
        <source>Its host does not say how far the training is.</source>
        <translation>Сервер не сообщает, насколько продвинулось обучение.</translation>
    </message>
    <message>
        <source>Its host is this very computer: whether others train with you depends on how you run it.</source>
        <translation>Сервер проекта – этот же компьютер: обучают ли с вами другие, зависит от того, как вы его запустили.</translation>
    </message>
    <message>
        <source>Its model is being loaded; then you can try it.</source>
        <translation>Модель загружается, потом её можно попробовать.</translation>
    </message>
    <message>
        <source>Its signed description is fetched and checked. You join only if you say so then.</source>
        <translation>Подписанное описание проекта будет получено и проверено. Вы присоединитесь, только если подтвердите это после.</translation>
    </message>
    <message>
        <source>Join a project, and how its model gets better is drawn here.</source>
        <translation>Присоединитесь к проекту, и здесь будет видно, как улучшается его модель.</translation>
    </message>
    <message>
        <source>Join and contribute</source>
        <translation>Присоединиться и участвовать</translation>
    </message>
    <message>
        <source>Joined. Starting to contribute…</source>
        <translation>Вы присоединились. Участие начинается…</translation>
    </message>
    <message>
        <source>Joining…</source>
        <translation>Присоединяемся…</translation>
    </message>
    <message>
        <source>Judged</source>
        <translation>Проверено</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>Leave {name}? Its files here are deleted. Credits and receipts stay, and you can join again.</source>
        <translation>Выйти из проекта «{name}»? Его файлы на этом компьютере будут удалены. Кредиты и квитанции останутся, присоединиться можно снова.</translation>
    </message>
    <message>
        <source>Leave {name}? Its files here, up to {size}, are deleted. Credits and receipts stay, and you can join again.</source>
        <translation>Выйти из проекта «{name}»? Его файлы на этом компьютере (до {size}) будут удалены. Кредиты и квитанции останутся, присоединиться можно снова.</translation>
    </message>
    <message>
        <source>Leave…</source>
        <translation>Выйти…</translation>
    </message>
    <message>
        <source>Leaving…</source>
        <translation>Выходим…</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Длина</translation>
    </message>
    <message>
        <source>Lightwork is not running just now.</source>
        <translation>Lightwork сейчас не запущен.</translation>
    </message>
    <message>
        <source>Lightwork needs you</source>
        <translation>Lightwork нужна ваша помощь</translation>
    </message>
    <message>
        <source>Lightwork stays in the tray</source>
        <translation>Lightwork остаётся в области уведомлений</translation>
    </message>
    <message>
        <source>Lightwork&apos;s own code only. A project is a signed description, texts and numbers; it cannot bring programs. Every file is checked against the project&apos;s signature before it is used.</source>
        <translation>Только собственный код Lightwork. Проект – это подписанное описание, тексты и числа; программ он принести не может. Каждый файл перед использованием сверяется с подписью проекта.</translation>
    </message>
    <message>
        <source>Long</source>
        <translation>Большая</translation>
    </message>
    <message>
        <source>Looking at what runs…</source>
        <translation>Смотрим, что запущено…</translation>
    </message>
    <message>
        <source>Manner</source>
        <translation>Стиль</translation>
    </message>
    <message>
        <source>Medium</source>
        <translation>Средняя</translation>
    </message>
    <message>
        <source>Memory that it needs</source>
        <translation>Нужная память</translation>
    </message>
    <message>
        <source>Memory that it needs: {device}</source>
        <translation>Нужная память: {device}</translation>
    </message>
    <message>
        <source>Memory: not known yet</source>
        <translation>Память: пока неизвестно</translation>
    </message>
    <message>
        <source>Month</source>
        <translation>Месяц</translation>
    </message>
    <message>
        <source>Name of a program</source>
        <translation>Имя программы</translation>
    </message>
    <message>
        <source>Needs {needed} of memory</source>
        <translation>Нужно памяти: {needed}</translation>
    </message>
    <message>
        <source>Needs {needed} of your {total}</source>
        <translation>Нужно {needed} из {total}</translation>
    </message>
    <message>
        <source>Needs {needed} of your {total} GB</source>
        <translation>Нужно {needed} из {total} ГБ</translation>
    </message>
    <message>
        <source>Network and disk</source>
        <translation>Сеть и диск</translation>
    </message>
    <message>
        <source>New contributions: {number}. Show</source>
        <translation>Новых вкладов: {number}. Показать</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Далее</translation>
    </message>
    <message>
        <source>No energy was measured in this time. Some devices do not tell what power they draw.</source>
        <translation>За это время энергия не измерялась. Некоторые устройства не сообщают, сколько потребляют.</translation>
    </message>
    <message>
        <source>No graphics card here can train: the processor will do.</source>
        <translation>Видеокарты для обучения здесь нет: подойдёт процессор.</translation>
    </message>
    <message>
        <source>No receipts in this time yet. They come some minutes after the work was sent.</source>
        <translation>Квитанций за это время ещё нет. Они приходят через несколько минут после отправки работы.</translation>
    </message>
    <message>
        <source>No such program runs now.</source>
        <translation>Такая программа сейчас не запущена.</translation>
    </message>
    <message>
        <source>No traffic in this time.</source>
        <translation>За это время трафика не было.</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Не сейчас</translation>
    </message>
    <message>
        <source>Nothing found for “{words}”.</source>
        <translation>По запросу «{words}» ничего не найдено.</translation>
    </message>
    <message>
        <source>Nothing matches.</source>
        <translation>Ничего не найдено.</translation>
    </message>
    <message>
        <source>Nothing: all rules of this page work on this computer.</source>
        <translation>Ничего: на этом компьютере работают все правила этой страницы.</translation>
    </message>
    <message>
        <source>Once upon a time</source>
        <translation>Жили-были</translation>
    </message>
    <message>
        <source>One hour at least has to stay. To train at no time, press Stop on Home.</source>
        <translation>Нужно оставить хотя бы один час. Чтобы не обучать совсем, нажмите «Остановить» на странице «Главная».</translation>
    </message>
    <message>
        <source>One hour at least has to stay. To limit nothing, set both speeds to no limit.</source>
        <translation>Нужно оставить хотя бы один час. Чтобы снять ограничение, выберите для обеих скоростей «без предела».</translation>
    </message>
    <message>
        <source>limited</source>
        <translation>ограничено</translation>
    </message>
    <message>
        <source>partly limited</source>
        <translation>частично ограничено</translation>
    </message>
    <message>
        <source>not limited</source>
        <translation>не ограничено</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>Минуту…</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Открыть папку</translation>
    </message>
    <message>
        <source>Or drop a link anywhere on this window, or press Ctrl+J.</source>
        <translation>Можно также перетащить ссылку в любое место этого окна или нажать Ctrl+J.</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Страницы</translation>
    </message>
    <message>
        <source>Pause until this computer &amp;restarts</source>
        <translation>Пауза до &amp;перезагрузки компьютера</translation>
    </message>
    <message>
        <source>Paused by you until {time}.</source>
        <translation>Пауза включена вами до {time}.</translation>
    </message>
    <message>
        <source>Paused: all is quiet again. Training resumes in a moment.</source>
        <translation>Пауза: снова тихо. Обучение вот-вот продолжится.</translation>
    </message>
    <message>
        <source>People lend idle computers; together they train a language model that none could train alone.</source>
        <translation>Люди делятся свободными компьютерами и вместе обучают языковую модель, которую никто не обучил бы в одиночку.</translation>
    </message>
    <message>
        <source>Practice project</source>
        <translation>Учебный проект</translation>
    </message>
    <message>
        <source>Private key</source>
        <translation>Закрытый ключ</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>Процессы</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Программа</translation>
    </message>
    <message>
        <source>Programs that run</source>
        <translation>Запущенные программы</translation>
    </message>
    <message>
        <source>Progress of the check</source>
        <translation>Ход проверки</translation>
    </message>
    <message>
        <source>Project &amp;link</source>
        <translation>&amp;Ссылка проекта</translation>
    </message>
    <message>
        <source>Projects</source>
        <translation>Проекты</translation>
    </message>
    <message>
        <source>Public key</source>
        <translation>Открытый ключ</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Причина</translation>
    </message>
    <message>
        <source>Receipt</source>
        <translation>Квитанция</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>Удалить {name}</translation>
    </message>
    <message>
        <source>Restore all defaults</source>
        <translation>Вернуть все исходные значения</translation>
    </message>
    <message>
        <source>Restore the default</source>
        <translation>Вернуть исходное значение</translation>
    </message>
    <message>
        <source>Restore the default: {value}</source>
        <translation>Вернуть исходное значение: {value}</translation>
    </message>
    <message>
        <source>Returned</source>
        <translation>Возвращено</translation>
    </message>
    <message>
        <source>Round {round}: {loss}. Your rounds since the point before: {mine}.</source>
        <translation>Раунд {round}: {loss}. Ваших раундов с предыдущей точки: {mine}.</translation>
    </message>
    <message>
        <source>Rows written to {file}: {rows}</source>
        <translation>Записано строк в {file}: {rows}</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Запустить</translation>
    </message>
    <message>
        <source>Save document</source>
        <translation>Сохранить документ</translation>
    </message>
    <message>
        <source>Save document…</source>
        <translation>Сохранить документ…</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Сохранено</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Поиск</translation>
    </message>
    <message>
        <source>Search contributions by project, digest, verdict or reason</source>
        <translation>Поиск вкладов по проекту, хешу, решению или причине</translation>
    </message>
    <message>
        <source>Search programs</source>
        <translation>Поиск программ</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>Поиск настроек</translation>
    </message>
    <message>
        <source>Sections</source>
        <translation>Разделы</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Отправка</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Short</source>
        <translation>Малая</translation>
    </message>
    <message>
        <source>Show all settings</source>
        <translation>Показать все настройки</translation>
    </message>
    <message>
        <source>Show as chart</source>
        <translation>Показать график</translation>
    </message>
    <message>
        <source>Show as table</source>
        <translation>Показать таблицу</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Показать в папке</translation>
    </message>
    <message>
        <source>Show less</source>
        <translation>Показать меньше</translation>
    </message>
    <message>
        <source>Show on Home</source>
        <translation>На главную</translation>
    </message>
    <message>
        <source>Show the week</source>
        <translation>Показать неделю</translation>
    </message>
    <message>
        <source>Show {count} more</source>
        <translation>Показать ещё {count}</translation>
    </message>
    <message>
        <source>Signature checked: signed by {key} of {project}.</source>
        <translation>Подпись верна: ключ {key}, проект «{project}».</translation>
    </message>
    <message>
        <source>Signed by</source>
        <translation>Кем подписано</translation>
    </message>
    <message>
        <source>Signed by {key}</source>
        <translation>Подписано ключом {key}</translation>
    </message>
    <message>
        <source>Signed document</source>
        <translation>Подписанный документ</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Размер</translation>
    </message>
    <message>
        <source>So much of this computer&apos;s work has been checked and counted.</source>
        <translation>Столько работы этого компьютера проверено и засчитано.</translation>
    </message>
    <message>
        <source>Something went wrong with training; Home says what.</source>
        <translation>Обучение дало сбой; подробности на «Главной».</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Запускаем…</translation>
    </message>
    <message>
        <source>Stats</source>
        <translation>Статистика</translation>
    </message>
    <message>
        <source>Stay</source>
        <translation>Остаться</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Шаги</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>Остановлено.</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>Таблицы (*.csv)</translation>
    </message>
    <message>
        <source>Text at a time</source>
        <translation>Текст за раз</translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation>Не получилось</translation>
    </message>
    <message>
        <source>The check did not end.</source>
        <translation>Проверка не завершилась.</translation>
    </message>
    <message>
        <source>The devices of this computer are not known yet.</source>
        <translation>Устройства этого компьютера пока неизвестны.</translation>
    </message>
    <message>
        <source>The host has this contribution and has not judged it yet. Its receipt comes by itself.</source>
        <translation>Сервер получил этот вклад, но ещё не проверил. Квитанция придёт сама.</translation>
    </message>
    <message>
        <source>The link carries this key, and everything about the project is signed with it: nobody else can pose as the project. To be sure of the link itself, compare this with what the team shows.</source>
        <translation>Этот ключ указан в ссылке, и им подписано всё, что относится к проекту: никто другой не сможет выдать себя за проект. Чтобы убедиться в самой ссылке, сравните ключ с тем, что показывает команда.</translation>
    </message>
    <message>
        <source>The project cannot go on</source>
        <translation>Проект не может продолжаться</translation>
    </message>
    <message>
        <source>The project has not told its held-out loss yet.</source>
        <translation>Проект ещё не сообщил потери на контрольной выборке.</translation>
    </message>
    <message>
        <source>The project&apos;s host does not answer. Check the link and the connection, then try again.</source>
        <translation>Сервер проекта не отвечает. Проверьте ссылку и подключение и повторите попытку.</translation>
    </message>
    <message>
        <source>The text is {number} characters too long.</source>
        <translation>Текст слишком длинный, лишних знаков: {number}.</translation>
    </message>
    <message>
        <source>There is no receipt for this contribution here.</source>
        <translation>Квитанции на этот вклад здесь нет.</translation>
    </message>
    <message>
        <source>This contribution is still being sent. There is no receipt for it yet.</source>
        <translation>Этот вклад ещё отправляется. Квитанции на него пока нет.</translation>
    </message>
    <message>
        <source>This contribution was not taken, so there is no receipt. Its work is sent again with the next one.</source>
        <translation>Этот вклад не принят, поэтому квитанции нет. Работа будет отправлена снова со следующим вкладом.</translation>
    </message>
    <message>
        <source>This is not understood: {why}.</source>
        <translation>Непонятная запись: {why}.</translation>
    </message>
    <message>
        <source>This model is still in training and may say nonsense. Your text stays on this computer.</source>
        <translation>Эта модель ещё обучается и может говорить бессмыслицу. Ваш текст остаётся на этом компьютере.</translation>
    </message>
    <message>
        <source>This takes less than a minute. Nothing is sent anywhere.</source>
        <translation>Это займёт меньше минуты. Никуда ничего не отправляется.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Время</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Токены</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>Трафик</translation>
    </message>
    <message>
        <source>Train with others</source>
        <translation>Обучайте вместе с другими</translation>
    </message>
    <message>
        <source>Training may use {allowed} of {device}. Settings, Computing can allow more.</source>
        <translation>Обучению отведено {allowed} ({device}). Больше можно дать в настройках, «Вычисления».</translation>
    </message>
    <message>
        <source>Training may use {size}</source>
        <translation>Обучению отведено {size}</translation>
    </message>
    <message>
        <source>Training of this model, by Lightwork&apos;s own program. No code of the project ever runs here.</source>
        <translation>Обучение этой модели собственной программой Lightwork. Код проекта здесь никогда не запускается.</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>Попробовать модель</translation>
    </message>
    <message>
        <source>Try it…</source>
        <translation>Попробовать…</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Отменить</translation>
    </message>
    <message>
        <source>Until this computer &amp;restarts</source>
        <translation>До &amp;перезагрузки компьютера</translation>
    </message>
    <message>
        <source>Upload each round</source>
        <translation>Отправка за раунд</translation>
    </message>
    <message>
        <source>Uploaded</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation>Действует до</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Решение</translation>
    </message>
    <message>
        <source>Waiting for the first word…</source>
        <translation>Ждём первое слово…</translation>
    </message>
    <message>
        <source>Waiting: the project does not answer. It is tried again by itself; what was trained is kept.</source>
        <translation>Ожидание: проект не отвечает. Попытки повторяются автоматически; всё обученное сохранено.</translation>
    </message>
    <message>
        <source>Week</source>
        <translation>Неделя</translation>
    </message>
    <message>
        <source>Welcome to Lightwork</source>
        <translation>Добро пожаловать в Lightwork</translation>
    </message>
    <message>
        <source>What a project&apos;s host learns</source>
        <translation>Что узнаёт сервер проекта</translation>
    </message>
    <message>
        <source>What cannot be watched here</source>
        <translation>Что здесь нельзя отслеживать</translation>
    </message>
    <message>
        <source>What runs on this computer</source>
        <translation>Что работает на этом компьютере</translation>
    </message>
    <message>
        <source>What shall it work for?</source>
        <translation>На какой проект работать?</translation>
    </message>
    <message>
        <source>What stays on this computer</source>
        <translation>Что остаётся на этом компьютере</translation>
    </message>
    <message>
        <source>What the model makes of it appears here.</source>
        <translation>Здесь появится продолжение, которое напишет модель.</translation>
    </message>
    <message>
        <source>What the model says</source>
        <translation>Ответ модели</translation>
    </message>
    <message>
        <source>What this computer can do</source>
        <translation>Что может этот компьютер</translation>
    </message>
    <message>
        <source>What this computer has done is shown here. Press Contribute on Home to begin.</source>
        <translation>Здесь видно, что сделал этот компьютер. Чтобы начать, нажмите «Участвовать» на странице «Главная».</translation>
    </message>
    <message>
        <source>What this computer trained was checked and counted.</source>
        <translation>Работа этого компьютера проверена и засчитана.</translation>
    </message>
    <message>
        <source>What will run on this computer</source>
        <translation>Что будет работать на этом компьютере</translation>
    </message>
    <message>
        <source>While training is paused, its model is not in memory and cannot be tried.</source>
        <translation>На паузе модели нет в памяти: попробовать нельзя.</translation>
    </message>
    <message>
        <source>Wild</source>
        <translation>Смелый</translation>
    </message>
    <message>
        <source>Writing {file}…</source>
        <translation>Записываем {file}…</translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation>Модель пишет…</translation>
    </message>
    <message>
        <source>You can change this at any time.</source>
        <translation>Это можно изменить в любое время.</translation>
    </message>
    <message>
        <source>You can go on all the same.</source>
        <translation>Это не мешает продолжить.</translation>
    </message>
    <message>
        <source>You can try its model while you contribute to it.</source>
        <translation>Модель можно пробовать, пока вы участвуете.</translation>
    </message>
    <message>
        <source>You have joined it already. Going on makes it the chosen project.</source>
        <translation>Вы уже присоединились к этому проекту. Если продолжить, он станет выбранным.</translation>
    </message>
    <message>
        <source>You see what it does, what it sends and what it has earned.</source>
        <translation>Вы видите, что делает Lightwork, что он отправляет и сколько заработал.</translation>
    </message>
    <message>
        <source>Your credits</source>
        <translation>Ваши кредиты</translation>
    </message>
    <message>
        <source>Your first credit has arrived</source>
        <translation>Получен ваш первый кредит</translation>
    </message>
    <message>
        <source>Your project stays the one that you chose.</source>
        <translation>Ваш проект останется тем, который вы выбрали.</translation>
    </message>
    <message>
        <source>Your public key, your internet address, your version of Lightwork, and the work itself: what this computer was lent to train on, how much it trained and when, and how that changed the model. Not your name, not your files, not your other programs.</source>
        <translation>Ваш открытый ключ, адрес в интернете, версию Lightwork и саму работу: на чём обучал этот компьютер, сколько и когда, и как это изменило модель. Не ваше имя, не ваши файлы, не другие ваши программы.</translation>
    </message>
    <message>
        <source>Your rounds since the one before</source>
        <translation>Ваших раундов с прошлой точки</translation>
    </message>
    <message>
        <source>Your share</source>
        <translation>Ваша доля</translation>
    </message>
    <message>
        <source>Your text</source>
        <translation>Ваш текст</translation>
    </message>
    <message>
        <source>about {size}</source>
        <translation>около {size}</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>около {time}</translation>
    </message>
    <message>
        <source>allowed</source>
        <translation>разрешено</translation>
    </message>
    <message>
        <source>being tried out</source>
        <translation>проверяется</translation>
    </message>
    <message>
        <source>by {team}</source>
        <translation>Команда: {team}</translation>
    </message>
    <message>
        <source>by {team}  ·  {host}</source>
        <translation>Команда: {team}  ·  {host}</translation>
    </message>
    <message>
        <source>down: downloaded</source>
        <translation>вниз: получено</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>пусто</translation>
    </message>
    <message>
        <source>fine</source>
        <translation>в порядке</translation>
    </message>
    <message>
        <source>loss on texts kept back from training, by round; lower is better</source>
        <translation>потери на текстах вне обучения, по раундам; чем меньше, тем лучше</translation>
    </message>
    <message>
        <source>not allowed</source>
        <translation>не разрешено</translation>
    </message>
    <message>
        <source>not possible</source>
        <translation>невозможно</translation>
    </message>
    <message>
        <source>not yet</source>
        <translation>ещё нет</translation>
    </message>
    <message>
        <source>off</source>
        <translation>выключено</translation>
    </message>
    <message>
        <source>on</source>
        <translation>включено</translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation>на этом компьютере</translation>
    </message>
    <message>
        <source>partly allowed</source>
        <translation>разрешено частично</translation>
    </message>
    <message>
        <source>rounds with your work</source>
        <translation>раунды с вашей работой</translation>
    </message>
    <message>
        <source>this month, not over yet</source>
        <translation>текущий месяц, ещё идёт</translation>
    </message>
    <message>
        <source>this week, not over yet</source>
        <translation>текущая неделя, ещё идёт</translation>
    </message>
    <message>
        <source>today, not over yet</source>
        <translation>сегодня, день ещё идёт</translation>
    </message>
    <message>
        <source>up: uploaded</source>
        <translation>вверх: отправлено</translation>
    </message>
    <message>
        <source>uploaded {sent}, downloaded {received}</source>
        <translation>отправлено {sent}, получено {received}</translation>
    </message>
    <message>
        <source>week of {day}</source>
        <translation>неделя с {day}</translation>
    </message>
    <message>
        <source>{action}: {name}</source>
        <translation>{action}: {name}</translation>
    </message>
    <message>
        <source>{amount} credits</source>
        <translation>кредитов – {amount}</translation>
    </message>
    <message>
        <source>{amount} tokens</source>
        <translation>токенов – {amount}</translation>
    </message>
    <message>
        <source>{device} (not found)</source>
        <translation>{device} (не найдено)</translation>
    </message>
    <message>
        <source>{device} cannot train on this computer.</source>
        <translation>{device}: здесь не может обучать.</translation>
    </message>
    <message>
        <source>{device} has too little memory for this model.</source>
        <translation>{device}: мало памяти для модели.</translation>
    </message>
    <message>
        <source>{kind}  ·  {number} parameters</source>
        <translation>{kind}  ·  {number} параметров</translation>
    </message>
    <message>
        <source>{name}, {span}: {total} in all, most in: {best}, {most}.</source>
        <translation>{name}, {span}: всего {total}; больше всего: {best}, {most}.</translation>
    </message>
    <message>
        <source>{name}: add a running program</source>
        <translation>{name}: добавить запущенную программу</translation>
    </message>
    <message>
        <source>{name}: show as chart</source>
        <translation>{name}: показать график</translation>
    </message>
    <message>
        <source>{name}: show as table</source>
        <translation>{name}: показать таблицу</translation>
    </message>
    <message>
        <source>{name}: {day}, {hour}: {state}</source>
        <translation>{name}: {day}, {hour}: {state}</translation>
    </message>
    <message>
        <source>{number} credits</source>
        <translation>Кредитов: {number}</translation>
    </message>
    <message>
        <source>{number} kWh</source>
        <translation>{number} кВт·ч</translation>
    </message>
    <message>
        <source>{number} parameters</source>
        <translation>{number} параметров</translation>
    </message>
    <message>
        <source>{number} tokens</source>
        <translation>токенов: {number}</translation>
    </message>
    <message>
        <source>{number} tokens/s with a model of {size} parameters</source>
        <translation>Токенов/с: {number} на модели в {size} параметров</translation>
    </message>
    <message>
        <source>{period}, so far</source>
        <translation>{period}, на данный момент</translation>
    </message>
    <message>
        <source>{project} cannot go on</source>
        <translation>Проект «{project}» не может продолжаться</translation>
    </message>
    <message>
        <source>{project}: held-out loss {first} in round {start}, {last} in round {end}. Your rounds: {mine}.</source>
        <translation>{project}: потери на контрольной выборке {first} в раунде {start}, {last} в раунде {end}. Ваших раундов: {mine}.</translation>
    </message>
    <message>
        <source>{project}: {loss} in round {round}. Your rounds: {mine}.</source>
        <translation>{project}: {loss} в раунде {round}. Ваших раундов: {mine}.</translation>
    </message>
    <message>
        <source>{sentence} Settings can be changed when it runs.</source>
        <translation>{sentence} Настройки можно менять, когда он запущен.</translation>
    </message>
    <message>
        <source>↑ {sent}  ↓ {received}</source>
        <translation>↑ {sent}  ↓ {received}</translation>
    </message>
</context>
</TS>
